import { afterAll, beforeAll, expect, test } from "vitest";
import { formatProofs, type ProvenRecord, verifyProofs } from "../../src/app/audit/proof-file.ts";
import { proveRecord } from "../../src/app/audit/prove-record.ts";
import { parseVerifierKey, type VerifierKey } from "../../src/app/audit/signed-note.ts";
import { type AuditStore, entries, openAuditStore } from "./audit-store.ts";

let store: AuditStore;
let text = "";
let keys: readonly VerifierKey[] = [];
beforeAll(async () => {
  store = await openAuditStore();
  const { audit } = store.state.decisions;
  await audit.append(entries(12));
  await store.sign();
  const proofs = await Promise.all((await audit.read(4, 2)).map((record) => proveRecord(audit, record)));
  text = formatProofs(proofs.filter((proof) => proof !== undefined));
  const key = parseVerifierKey(await store.verifierKey());
  if (key.ok) keys = [key.value];
});
afterAll(() => store.close());

function told(changed: string, trusted = keys): readonly (string | undefined)[] | string {
  const read = verifyProofs(changed, trusted);
  return read.ok ? read.value.map(({ problem }: ProvenRecord) => problem) : read.error.code;
}

test("a proof shows its records with the key alone", () => {
  expect(told(text)).toEqual([undefined, undefined]);
  expect(verifyProofs(text, keys)).toMatchObject({
    value: [
      { sequence: 4, kind: "proposal.approve", subject: "proposal/p-4", by: "local:ada", size: 13 },
      { sequence: 5 },
    ],
  });
});

test.each<readonly [string, (proof: string) => string, string]>([
  [
    "another record",
    (proof) => proof.replace("proposal.approve", "proposal.reject"),
    "the record is not what its hash says",
  ],
  [
    "another record with its hash",
    (proof) => proof.replace(/"leafHash": ".{4}/, '"leafHash": "0000'),
    "the record is not what its hash says",
  ],
  [
    "another path",
    (proof) => proof.replace(/"hashes": \[\s*".{4}/, '"hashes": ["0000'),
    "its hashes do not lead to what was signed",
  ],
  [
    "a path that is none",
    (proof) => proof.replace(/"hashes": \[\s*".{4}/, '"hashes": ["oops'),
    "its hashes do not lead to what was signed",
  ],
  ["another place", (proof) => proof.replace('"index": 4', '"index": 5'), "it is about another place in the log"],
  ["another size", (proof) => proof.replace('"size": 13', '"size": 14'), "it is about another place in the log"],
  [
    "another checkpoint",
    (proof) => proof.replace("time 5000", "time 5001"),
    "none of the keys has signed its checkpoint",
  ],
  ["no checkpoint", (proof) => proof.replace("time 5000", "\\n"), "its checkpoint is none"],
])("with %s it shows nothing", (_, tamper, problem) => {
  expect(tamper(text)).not.toBe(text);
  expect(told(tamper(text))).toEqual([problem, undefined]);
});

test("no key, or another, shows nothing", () => {
  expect(told(text, [])).toEqual(Array.from({ length: 2 }, () => "none of the keys has signed its checkpoint"));
});

test.each(["", "{}", "[]", "oops"])("%j is no proof", (broken) => expect(told(broken)).toBe("audit_proof_malformed"));
