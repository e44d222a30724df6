import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditVerifyOutput } from "../../src/surfaces/cli/commands/audit/schema.ts";
import { onTerminal, type Seen } from "../cli/made-up.ts";
import { type AuditStore, entries, entry, openAuditStore } from "./audit-store.ts";

let store: AuditStore;
let key = "";
beforeEach(async () => {
  store = await openAuditStore();
  await store.state.decisions.audit.append(entries(6));
  await store.sign(Date.UTC(2026, 2, 2, 6));
  await store.state.decisions.audit.append([entry(6)]);
  key = await store.verifierKey();
});
afterEach(() => store.close());

function run(line: string): Promise<Seen> {
  return onTerminal(`audit ${line}`, { isTerminal: false });
}

async function written(line: string, name: string): Promise<string> {
  const { code, stdout } = await run(line);
  expect(code).toBe(0);
  const path = join(store.folder, name);
  await writeFile(path, stdout);
  return path;
}

function tamper(statement: string): void {
  const database = new DatabaseSync(store.databaseFile);
  database.exec(statement);
  database.close();
}

describe("audit verify", () => {
  test("says that a store is whole, who signed it, and what is not signed yet", async () => {
    const { code, stdout } = await run(`verify --data ${store.folder} --key ${key}`);
    const [name = "", id = ""] = key.split("+");
    expect(stdout).toBe(
      "8 records, 1 checkpoint\n" +
        `the first 7 records are as ${name} (key ${id}) signed them at 2026-03-02 06:00 UTC\n` +
        "1 record after them: in the chain, and not signed yet\n" +
        "nothing was touched\n",
    );
    expect(code).toBe(0);
  });

  test("names the record that was touched, in a store and in an export", async () => {
    tamper("update audit_records set actor_name = 'Eve' where sequence = 3");
    const inStore = await run(`verify --data ${store.folder} --key ${key}`);
    expect(inStore.stdout).toContain("found: record 3 was changed: it is not what its hash and the chain say\n");
    expect(inStore.stdout).toContain("signed them at 2026-03-02 06:00 UTC, apart from what is named above\n");
    expect(inStore.code).toBe(3);
    const file = await written(`export --data ${store.folder}`, "audit.jsonl");
    const inFile = await run(`verify ${file} --key ${key}`);
    expect(inFile.stdout).toContain(
      "found: record 3 was changed: it is not what its hash and the chain say (line 5)\n",
    );
    expect(inFile.code).toBe(3);
  });

  test("says how much less is known without a key, and that another key proves nothing", async () => {
    const file = await written(`export --data ${store.folder}`, "audit.jsonl");
    const without = await run(`verify ${file}`);
    expect(without.stdout).toContain("give the one that you know with `--key`");
    expect(without.code).toBe(0);
    const other = await openAuditStore();
    const wrong = await run(`verify ${file} --key ${await other.verifierKey()}`);
    await other.close();
    expect(wrong.stdout).toContain("no checkpoint is signed by a key that was given: nothing is proven\n");
    expect(wrong.code).toBe(3);
  });

  test("holds the log to a checkpoint that was kept elsewhere", async () => {
    const kept = join(store.folder, "checkpoint");
    await writeFile(kept, (await store.state.decisions.audit.latestCheckpoint())!.note);
    const good = await run(`verify --data ${store.folder} --key ${key} --checkpoint ${kept}`);
    expect(good.code).toBe(0);
    tamper("delete from audit_checkpoints");
    tamper("delete from audit_records where sequence >= 5");
    tamper(
      "update audit_head set size = 5, chain_hash = (select chain_hash from audit_records where sequence = 4), peaks = " +
        "(select nodes from audit_records where sequence = 3) || ' ' || (select leaf_hash from audit_records where sequence = 4)",
    );
    tamper("update audit_head set peaks = substr(peaks, 66)");
    // Neatly cut off: only who kept a checkpoint can tell.
    expect((await run(`verify --data ${store.folder}`)).stdout).toContain("nothing was touched");
    const cut = await run(`verify --data ${store.folder} --key ${key} --checkpoint ${kept}`);
    expect(cut.stdout).toContain(
      "found: a checkpoint is about 7 records and there are 5: the end of the log was cut off, or the checkpoint changed " +
        "(the checkpoint that was given)\n",
    );
    expect(cut.code).toBe(3);
  });

  test("answers in JSON that follows its schema", async () => {
    const whole = await run(`verify --data ${store.folder} --key ${key} -o json`);
    expect(auditVerifyOutput.parse(JSON.parse(whole.stdout))).toMatchObject({ isWhole: true, proven: { records: 7 } });
    tamper("delete from audit_records where sequence = 2");
    const { stdout, code } = await run(`verify --data ${store.folder} --key ${key} -o json`);
    expect(auditVerifyOutput.parse(JSON.parse(stdout))).toMatchObject({
      isWhole: false,
      problems: [{ kind: "missing", first: 2, last: 2, where: "", message: "record 2 is missing" }],
    });
    expect(code).toBe(3);
  });

  test.each([
    ["verify /nowhere/audit.jsonl", 1, "audit_file_not_found"],
    ["verify /", 1, "audit_file_unreadable"],
    ["verify /dev/null", 1, "audit_proof_malformed"],
    ["verify --key nonsense", 1, "audit_key_malformed"],
    ["verify --data /nowhere", 1, "state_not_found"],
    ["export --from 3", 2, "audit_export_usage"],
    ["export --to udp://127.0.0.1", 2, "audit_export_usage"],
    ["export --format syslog --to http://127.0.0.1", 2, "audit_export_usage"],
    ["export --format syslog --to tcp://127.0.0.1:1", 1, "audit_syslog_unreachable"],
    ["prove", 2, "audit_prove_usage"],
    ["prove 1 --proposal p-1", 2, "audit_prove_usage"],
    ["key --rotate --audit-key x", 2, "audit_key_usage"],
  ])("`audit %s` ends with %i and %s", async (line, expected, errorCode) => {
    const { code, stderr } = await run(line);
    expect([code, stderr]).toEqual([expected, expect.stringContaining(`[${errorCode}]`)]);
  });
});

describe("audit prove", () => {
  test("writes what the key alone can check, of a record or all of a proposal", async () => {
    const one = await written(`prove 2 --data ${store.folder}`, "proof.json");
    const proven = await run(`verify ${one} --key ${key}`);
    const id = key.split("+")[1];
    expect(proven.stdout).toBe(
      `record 2, proposal.approve of proposal/p-2 by local:ada at 1970-01-01 00:00 UTC: proven by key ${id} among 7 records\n`,
    );
    expect(proven.code).toBe(0);
    const all = await written(`prove --proposal p-4 --data ${store.folder}`, "proofs.json");
    await writeFile(all, (await readFile(all, "utf8")).replace("local:ada", "local:eve"));
    const touched = await run(`verify ${all} --key ${key}`);
    expect(touched.stdout).toContain("not proven: record 4, ");
    expect(touched.code).toBe(3);
    expect((await run(`verify ${one} --key ${key} -o json`)).stdout).toContain('"problem": null');
  });

  test.each([
    ["prove 99", "audit_record_not_found"],
    ["prove --proposal p-99", "audit_record_not_found"],
    ["prove 7", "audit_no_checkpoint"],
  ])("`audit %s` says why not", async (line, errorCode) => {
    const { code, stderr } = await run(`${line} --data ${store.folder}`);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`[${errorCode}]`)]);
  });
});

describe("audit export", () => {
  test("writes OCSF and syslog from any record on", async () => {
    const ocsf = (await run(`export --format ocsf --from 5 --data ${store.folder}`)).stdout.trim().split("\n");
    expect(ocsf.map((line) => (JSON.parse(line) as { metadata: { sequence: number } }).metadata.sequence)).toEqual([
      5, 6, 7,
    ]);
    const syslog = (await run(`export --format syslog --data ${store.folder}`)).stdout.trim().split("\n");
    expect(syslog).toHaveLength(8);
    expect(syslog[6]).toMatch(/^<110>1 2026-03-02T06:00:00\.000Z \S+ postern - audit\.key - \{"chainHash"/);
  });
});

describe("audit key", () => {
  test("prints the key, and a new one that the old one has signed", async () => {
    expect((await run(`key --data ${store.folder}`)).stdout).toBe(`${key}\n`);
    const rotated = await run(`key --rotate --data ${store.folder}`);
    expect(rotated).toMatchObject({ code: 0 });
    expect(rotated.stdout).not.toBe(`${key}\n`);
    expect((await run(`key --data ${store.folder}`)).stdout).toBe(rotated.stdout);
    await store.state.decisions.audit.append([entry(7)]);
    await store.sign();
    const { code, stdout } = await run(`verify --data ${store.folder} --key ${key}`);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`(key ${rotated.stdout.split("+")[1]})`)]);
  });
});
