import { afterEach, beforeEach, expect, test } from "vitest";
import type { Access } from "../../src/app/access/access.ts";
import type { Principal } from "../../src/app/access/principal.ts";
import { signCheckpoint } from "../../src/app/audit/sign-checkpoint.ts";
import { auditDesk } from "../../src/app/desk/audit-desk.ts";
import type { AuditDesk } from "../../src/app/desk/desk.ts";
import { auditQuery, inclusionProof } from "../../src/app/wire/audit.ts";
import { type AuditStore, entries, entry, openAuditStore } from "./audit-store.ts";

const person = (subject: string): Principal => ({ subject, name: subject, groups: [], kubernetesUser: undefined });
const [ada, grace, root] = [person("local:ada"), person("local:grace"), person("local:root")];

/** Ada sees the shop, Grace nothing, root everything. */
const access: Access = {
  may: (who) => Promise.resolve(who === root),
  among: (who, _, among) =>
    Promise.resolve(who === root ? "all" : among.filter(({ namespace }) => who === ada && namespace === "shop")),
};

let store: AuditStore;
let desk: AuditDesk;
beforeEach(async () => {
  store = await openAuditStore();
  const { decisions } = store.state;
  const sign = () => signCheckpoint(decisions, store.signer, 5_000);
  desk = auditDesk({ decisions, access, sign, nowMs: () => 9_000 });
  for (const namespace of ["shop", "bank"]) await decisions.namespaces.set({ cluster: "east", namespace }, {});
  await decisions.audit.append([
    ...entries(4),
    entry(4, { kind: "law.change", subject: "law/company", payload: {} }),
    entry(5, { kind: "access.sign-in", payload: {}, actor: { subject: "local:grace", name: "Grace" } }),
    entry(6, {
      payload: {
        of: [
          { cluster: "east", namespace: "shop" },
          { cluster: "east", namespace: "bank" },
        ],
      },
    }),
  ]);
});
afterEach(() => store.close());

async function listed(who: Principal, query: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const sequences: number[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await desk.list(who, auditQuery.parse({ limit: 2, ...query, cursor }));
    if (!page.ok) return page.error.code;
    sequences.push(...page.value.items.map(({ sequence }) => sequence));
    cursor = page.value.nextCursor;
    if (cursor === undefined) return sequences.join(" ");
  }
}

test("people see what is about their namespaces, what is about none, and their own signing in", async () => {
  expect(await listed(root)).toBe("6 5 4 3 2 1 0");
  expect(await listed(ada)).toBe("4 2 0");
  expect(await listed(grace)).toBe("5 4");
});

test("a list filters and sorts, a page at a time", async () => {
  expect(await listed(root, { sort: "sequence" })).toBe("0 1 2 3 4 5 6");
  expect(await listed(ada, { sort: "sequence", kind: "proposal.approve" })).toBe("0 2");
  expect(await listed(root, { subject: "law/company" })).toBe("4");
  expect(await listed(root, { actor: "local:grace", q: "SIGN" })).toBe("5");
  expect(await listed(root, { fromMs: 1_002, toMs: 1_004 })).toBe("3 2");
  expect(await listed(root, { sort: "kind" })).toBe("sort_unknown");
  const page = await desk.list(root, auditQuery.parse({ limit: 2 }));
  const cursor = page.ok ? page.value.nextCursor : "";
  expect(page).toMatchObject({ value: { total: 7, isTotalExact: true } });
  expect(await desk.list(root, auditQuery.parse({ limit: 2, cursor, q: "x" }))).toMatchObject({
    error: { code: "cursor_unusable" },
  });
});

test("a record that one may see is proven, another is not there", async () => {
  const proof = await desk.prove(ada, 2);
  expect(proof).toMatchObject({ value: { index: 2, size: 8, record: { sequence: 2 } } });
  expect(proof.ok && inclusionProof.parse(proof.value)).toEqual(proof.ok && proof.value);
  for (const [who, sequence] of [
    [ada, 1],
    [ada, 6],
    [ada, 5],
    [root, 99],
    [root, 0.5],
  ] as const) {
    expect(await desk.prove(who, sequence)).toMatchObject({ error: { code: "audit_record_not_found" } });
  }
});

test("anybody signed in may have the checkpoint, and it is of now", async () => {
  expect(await desk.checkpoint(grace)).toMatchObject({ value: { size: 8 } });
  await store.state.decisions.audit.append([entry(9)]);
  expect(await desk.checkpoint(grace)).toMatchObject({ value: { size: 9 } });
  expect(await desk.checkpoint(grace)).toMatchObject({ value: { size: 9 } });
});

test("the whole log is for administrators, and who took it is written down", async () => {
  expect(await desk.export(ada)).toMatchObject({ error: { kind: "forbidden" } });
  const lines = await desk.export(root);
  let text = "";
  if (lines.ok) for await (const piece of lines.value) text += piece;
  expect(text.split("\n")).toHaveLength(1 + 8 + 1 + 1);
  expect(text).toContain('"kind":"audit.export"');
});
