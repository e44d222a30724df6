import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chainStart, hashOfChain, hashOfLeaf } from "../../src/app/audit/audit-hashes.ts";
import { canonicalJson } from "../../src/app/audit/canonical-json.ts";
import { exportLines } from "../../src/app/audit/export-lines.ts";
import { parseVerifierKey, type VerifierKey } from "../../src/app/audit/signed-note.ts";
import type { AuditReport } from "../../src/app/audit/verify/audit-report.ts";
import { ExportVerifier } from "../../src/app/audit/verify/verify-export.ts";
import { type AuditStore, entries, entry, openAuditStore } from "./audit-store.ts";

let store: AuditStore;
let lines: readonly string[] = [];
let keys: readonly VerifierKey[] = [];

/** Line 0 is the head; records 0 to 4 with the key, a checkpoint of 5, records 5 to 11, a checkpoint of 12, records 12 to 14, the end. */
beforeAll(async () => {
  store = await openAuditStore();
  const { audit } = store.state.decisions;
  await audit.append([
    ...entries(3),
    entry(3, { actor: { subject: "oidc:x#1", name: 'É "q" ,"sequence":1,"subject":"' } }),
  ]);
  await store.sign(6_000);
  await audit.append([
    ...entries(6),
    entry(9, { payload: { sequence: 3, subject: "x", deep: { sequence: 4, subject: "y" } } }),
  ]);
  await store.sign(7_000);
  await audit.append(entries(3));
  lines = await exported(store);
  const key = parseVerifierKey(await store.verifierKey());
  if (key.ok) keys = [key.value];
});
afterAll(() => store.close());

async function exported(from: AuditStore): Promise<readonly string[]> {
  let text = "";
  for await (const piece of exportLines(from.state.decisions.audit, 4)) text += piece;
  return text.split("\n").slice(0, -1);
}

function verify(told: readonly string[], trusted = keys, size = 1_000): AuditReport | string {
  const verifier = new ExportVerifier(trusted);
  const bytes = Buffer.from(told.map((line) => `${line}\n`).join(""));
  for (let at = 0; at < bytes.length; at += size) {
    const pushed = verifier.push(Buffer.from(bytes.subarray(at, at + size)));
    if (!pushed.ok) return pushed.error.code;
  }
  const report = verifier.finish();
  return report.ok ? report.value : report.error.code;
}

/** What is told, shortly: `changed 3`, `missing 4-6`, `checkpoint`. */
function told(report: AuditReport | string): string {
  if (typeof report === "string") return report;
  const which = (first: number | undefined, last: number | undefined): string =>
    first === undefined ? "" : first === last ? ` ${first}` : ` ${first}-${last}`;
  return report.problems.map(({ kind, first, last }) => `${kind}${which(first, last)}`).join(", ");
}

const records = 15;
const lineOf = (sequence: number): number => 1 + sequence + (sequence >= 5 ? 1 : 0) + (sequence >= 12 ? 1 : 0);
const [firstCheckpoint, secondCheckpoint] = [6, 14];

describe("an export that nobody touched", () => {
  test.each([1, 7, 64, 1_000, 1_000_000])("is whole, read in pieces of %i bytes", (size) => {
    expect(verify(lines, keys, size)).toMatchObject({
      records,
      problems: [],
      checkpoints: 2,
      proven: { size: 12, atMs: 7_000 },
      hasKeys: true,
    });
  });

  test("is whole by the keys that it names itself, when none is given", () => {
    expect(verify(lines, [])).toMatchObject({ problems: [], proven: { size: 12 }, hasKeys: false });
  });

  test("is whole in another form of the same JSON", () => {
    const reversed = (_: string, value: unknown): unknown =>
      value !== null && typeof value === "object" && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toReversed())
        : value;
    const others = lines.map((line) => JSON.stringify(JSON.parse(line, reversed)));
    expect(others).not.toEqual(lines);
    expect(verify(others)).toMatchObject({ problems: [], proven: { size: 12 } });
  });
});

test("one byte that is changed is found, and its record is named", () => {
  const line = fc.integer({ min: 0, max: lines.length - 1 });
  fc.assert(
    fc.property(line, fc.nat(), fc.integer({ min: 0x20, max: 0x7e }), (which, at, code) => {
      const own = lines[which]!;
      const position = at % own.length;
      const character = String.fromCharCode(code);
      fc.pre(own[position] !== character);
      const changed = own.slice(0, position) + character + own.slice(position + 1);
      const report = verify(lines.with(which, changed));
      if (which === 0) {
        expect(typeof report === "string" || report.problems.length > 0).toBe(true);
        return;
      }
      if (typeof report === "string") throw new Error(report);
      expect(report.problems).not.toEqual([]);
      const named = report.problems.filter(({ first }) => first !== undefined);
      const isRecord = which !== firstCheckpoint && which !== secondCheckpoint && which !== lines.length - 1;
      if (!isRecord) return;
      const sequence = Array.from({ length: records }, (_, n) => n).find((n) => lineOf(n) === which)!;
      expect(named.map(({ first, last }) => [first, last])).toEqual(named.map(() => [sequence, sequence]));
      expect(named.length).toBeGreaterThan(0);
      // All others are still shown to be what was signed.
      const isLost = report.problems.some(({ kind }) => kind === "unreadable");
      expect(report.proven?.size).toBe(isLost && sequence === 11 ? 5 : 12);
    }),
    { numRuns: 600 },
  );
});

test("any record that is removed, doubled or moved is found and named", () => {
  fc.assert(
    fc.property(fc.nat(records - 1), fc.nat(records - 1), (sequence, other) => {
      const at = lineOf(sequence);
      const line = lines[at]!;
      const without = lines.toSpliced(at, 1);
      expect(told(verify(without))).toContain(`missing ${sequence}`);
      const place = lineOf(other);
      expect(told(verify(lines.toSpliced(place, 0, line)))).toMatch(
        other >= sequence ? new RegExp(String.raw`inserted ${sequence}\b`) : /./,
      );
      if (other > sequence) expect(told(verify(without.toSpliced(place, 0, line)))).toContain(`moved ${sequence}`);
    }),
  );
});

const change = (sequence: number, from: string | RegExp, to: string): readonly string[] => {
  const at = lineOf(sequence);
  const line = lines[at]!.replace(from, to);
  if (line === lines[at]) throw new Error("nothing was changed");
  return lines.with(at, line);
};

/** A record with another text and its hash, and the chain as it was. */
function withOtherLeaf(sequence: number): readonly string[] {
  const [line, old] = [forged(sequence, sequence + 1)[lineOf(sequence)]!, lines[lineOf(sequence)]!];
  return lines.with(lineOf(sequence), old.slice(0, 78) + line.slice(78));
}

/** A record with another text, and hashes that fit it, in all records before `until`. */
function forged(sequence: number, until: number): readonly string[] {
  const result = [...lines];
  let chain = sequence === 0 ? chainStart : lines[lineOf(sequence - 1)]!.slice(14, 78);
  for (let own = sequence; own < Math.min(until, records); own += 1) {
    const { record } = JSON.parse(lines[lineOf(own)]!) as { record: Record<string, unknown> };
    const text = canonicalJson(own === sequence ? { ...record, kind: "proposal.reject" } : record);
    const leaf = hashOfLeaf(text);
    chain = hashOfChain(chain, leaf);
    result[lineOf(own)] = `{"chainHash":"${chain}","leafHash":"${leaf}","record":${text}}`;
  }
  return result;
}

describe("the verifier says what was done", () => {
  test.each<readonly [string, () => readonly string[], string]>([
    ["a text in a record", () => change(3, "oidc", "oidd"), "changed 3"],
    ["the number of a record", () => change(7, '"sequence":7', '"sequence":8'), "changed 7"],
    ["the number of a record, far off", () => change(7, '"sequence":7', '"sequence":900'), "changed 7"],
    [
      "a blank in a payload, which a reader of JSON would not see",
      () => change(7, '"payload":{', '"payload": {'),
      "changed 7",
    ],
    ["the hash beside a record", () => change(7, /"leafHash":".{8}/, '"leafHash":"00000000'), "hash 7"],
    ["the chain hash beside a record", () => change(7, /"chainHash":".{8}/, '"chainHash":"00000000'), "hash 7"],
    ["the chain hash beside the last one", () => change(14, /"chainHash":".{8}/, '"chainHash":"00000000'), "hash 14"],
    ["the chain hash before a checkpoint", () => change(11, /"chainHash":".{8}/, '"chainHash":"00000000'), "hash 11"],
    ["a record with its hash", () => withOtherLeaf(7), "changed 6-7"],
    ["the first record after a checkpoint, with its hash", () => withOtherLeaf(5), "changed 5"],
    ["a record with all hashes beside it", () => forged(7, 8), "changed 7-8"],
    [
      "a record with its hash and the chain up to the next checkpoint",
      () => forged(7, 12),
      "rewritten 5-11, changed 11-12",
    ],
    ["a record with all hashes after it", () => forged(7, 99), "rewritten 5-11, end"],
    ["a record after the last checkpoint, with all hashes", () => forged(13, 99), "end"],
    ["a line that is no JSON", () => lines.with(lineOf(7), "oops"), "unreadable 7"],
    ["a line that is something else", () => lines.with(lineOf(7), "{}"), "unreadable 7"],
    ["records that are gone", () => lines.toSpliced(lineOf(7), 3), "missing 7-9"],
    ["a forged record in between", () => lines.toSpliced(lineOf(7), 0, forged(7, 8)[lineOf(7)]!), "inserted 7"],
    ["a forged record after the true one", () => lines.toSpliced(lineOf(8), 0, forged(7, 8)[lineOf(7)]!), "inserted 7"],
    [
      "two that changed places",
      () => lines.with(lineOf(7), lines[lineOf(8)]!).with(lineOf(8), lines[lineOf(7)]!),
      "moved 7",
    ],
    ["an end that was cut off", () => lines.slice(0, lineOf(13)), "end"],
    ["the end line", () => lines.slice(0, -1), "end"],
    ["something after the end", () => [...lines, lines[lineOf(14)]!], "unreadable 15, end"],
    ["records before the end", () => lines.toSpliced(lineOf(13), 2), "missing 13-14"],
    [
      "the size of a checkpoint",
      () => lines.with(14, lines[14]!.replace(String.raw`\n12\n`, String.raw`\n13\n`)),
      "checkpoint",
    ],
    ["the root of a checkpoint", () => lines.with(14, lines[14]!.replace(/(n12\\n)..../, "$1AAAA")), "checkpoint"],
    ["the time of a checkpoint", () => lines.with(14, lines[14]!.replace("time 7000", "time 7001")), "checkpoint"],
    [
      "the signature of a checkpoint",
      () => lines.with(14, lines[14]!.replace(/(— \S+ .{20})..../, "$1AAAA")),
      "checkpoint",
    ],
    [
      "the name of a log in a checkpoint",
      () => lines.with(14, lines[14]!.replaceAll("postern-audit", "postern-other")),
      "checkpoint",
    ],
    [
      "a checkpoint that stands elsewhere",
      () => [...lines.slice(0, 13), lines[14]!, lines[13]!, ...lines.slice(15)],
      "checkpoint",
    ],
    ["an export of something else", () => ["{}"], "audit_export_malformed"],
    ["nothing at all", () => [], "audit_export_malformed"],
    ["a later form", () => lines.with(0, lines[0]!.replace("/v1", "/v2")), "audit_export_malformed"],
    [
      "the number of records in the first line",
      () => lines.with(0, lines[0]!.replace('"size":15', '"size":14')),
      "end",
    ],
  ])("%s", (_, tamper, expected) => {
    expect(told(verify(tamper()))).toBe(expected);
  });

  test("in words for people", () => {
    const report = verify(forged(7, 99));
    expect(typeof report === "string" ? "" : report.problems.map(({ message }) => message)).toEqual([
      "one or more of the records 5 to 11 was changed and the hashes after it made anew: the checkpoint of 12 records has signed others",
      "the hashes of the end are not those of the records",
    ]);
  });

  test("and what still stands", () => {
    expect(verify(forged(7, 99))).toMatchObject({ proven: { size: 5 } });
    expect(verify(change(3, "oidc", "oidd"))).toMatchObject({ proven: { size: 12 } });
    // The record's own hash is lost; the chain that was signed shows the others to be true.
    expect(verify(withOtherLeaf(7))).toMatchObject({ proven: { size: 12 } });
  });
});

describe("keys", () => {
  test("that somebody else trusts do not prove this log", async () => {
    const other = await openAuditStore();
    const key = parseVerifierKey(await other.verifierKey());
    await other.close();
    const report = verify(lines, key.ok ? [key.value] : []);
    expect(told(report)).toBe("checkpoint, checkpoint");
    expect(report).toMatchObject({ proven: undefined });
  });

  test("that follow a trusted one are trusted", async () => {
    const own = await openAuditStore();
    const { audit } = own.state.decisions;
    const first = parseVerifierKey(await own.verifierKey());
    await audit.append(entries(3));
    await own.rotate();
    await audit.append(entries(3));
    await own.sign(9_000);
    const report = verify(await exported(own), first.ok ? [first.value] : []);
    expect(told(report)).toBe("");
    expect(report).toMatchObject({ proven: { atMs: 9_000 } });
    expect(await own.verifierKey()).not.toContain(first.ok ? first.value.keyId : "");
    await own.close();
  });

  test("that were put in place without the one before are not", async () => {
    const own = await openAuditStore();
    const { audit } = own.state.decisions;
    const first = parseVerifierKey(await own.verifierKey());
    await audit.append(entries(3));
    const { size } = (await own.sign())!;
    await own.replaceKey();
    await audit.append(entries(3));
    await own.sign(9_000);
    const report = verify(await exported(own), first.ok ? [first.value] : []);
    expect(told(report)).toBe("checkpoint");
    expect(report).toMatchObject({ proven: { size } });
    await own.close();
  });
});
