import { describe, expect, test } from "vitest";
import { mostDatagramBytes, ocsfEvent, syslogMessage } from "./audit-forms.ts";
import type { KeptRecord } from "./audit-log.ts";

const record: KeptRecord = {
  sequence: 7,
  atMs: 1_700_000_000_123,
  kind: "proposal.approve",
  subject: "proposal/p-1",
  actor: { subject: "local:ada", name: "Adá" },
  payload: '{"cluster":"east","why":"é\u2028"}',
  leafHash: "ab".repeat(32),
  chainHash: "cd".repeat(32),
  nodes: "",
  where: undefined,
  isWide: false,
  search: "",
};

describe("a record for other systems", () => {
  test("is an OCSF event", () => {
    expect(JSON.parse(ocsfEvent(record))).toEqual({
      activity_id: 99,
      activity_name: "proposal.approve",
      actor: { user: { name: "Adá", uid: "local:ada" } },
      category_uid: 3,
      class_uid: 3004,
      entity: { type: "proposal", uid: "proposal/p-1", name: "proposal/p-1" },
      metadata: {
        event_code: "proposal.approve",
        log_name: "audit",
        product: { name: "Postern", vendor_name: "Postern" },
        sequence: 7,
        uid: "ab".repeat(32),
        version: "1.3.0",
      },
      severity_id: 1,
      time: 1_700_000_000_123,
      type_uid: 300_499,
      unmapped: { chainHash: "cd".repeat(32), payload: { cluster: "east", why: "é\u2028" } },
    });
  });

  test.each([
    ["access.sign-in", 300_201, 1],
    ["access.sign-in-failed", 300_201, 3],
    ["proposal.create", 300_401, 1],
    ["law.change", 300_403, 1],
    ["alert", 300_499, 3],
  ])("of kind %s has the type %i and the severity %i", (kind, type, severity) => {
    expect(JSON.parse(ocsfEvent({ ...record, kind }))).toMatchObject({ type_uid: type, severity_id: severity });
  });

  test("is a line of RFC 5424 in ASCII that holds the record as it was hashed", () => {
    const message = syslogMessage(record, "node a\n");
    expect(message.startsWith("<110>1 2023-11-14T22:13:20.123Z nodea postern - proposal.approve - {")).toBe(true);
    expect(message).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(message.slice(message.indexOf("{")))).toMatchObject({
      chainHash: "cd".repeat(32),
      record: { sequence: 7, actor: { name: "Adá" }, payload: { cluster: "east", why: "é\u2028" } },
    });
    expect(syslogMessage({ ...record, kind: "" }, "")).toContain("Z - postern - - - {");
  });

  test("is told without its payload where it does not fit", () => {
    const long = { ...record, payload: JSON.stringify({ text: "x".repeat(65_000) }) };
    expect(syslogMessage(long, "h").length).toBeGreaterThan(mostDatagramBytes);
    expect(syslogMessage(long, "h", mostDatagramBytes)).toContain('"payload":{"leftOut":"too long"}');
  });

  test("that somebody changed can still be told", () => {
    expect(JSON.parse(ocsfEvent({ ...record, payload: "no" }))).toMatchObject({ unmapped: { payload: "no" } });
  });
});
