import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSqliteState } from "../../src/adapters/sql-state/open-sqlite.ts";
import type { ServeOptions } from "../../src/app/serve.ts";
import type { SourceMinute } from "../../src/app/state/sources.ts";
import { parseToken } from "../../src/app/state/token-text.ts";
import { fail } from "../../src/core/result.ts";
import { widthOf } from "../../src/surfaces/cli/terminal/width.ts";
import { onTerminal, type Seen, type TerminalOptions } from "./made-up.ts";

const nowMs = Date.UTC(2026, 2, 2, 6);

let folder = "";
let served: ServeOptions | undefined;
beforeEach(async () => {
  served = undefined;
  folder = await mkdtemp(join(tmpdir(), "postern-cli-"));
  const state = await openSqliteState({ path: join(folder, "state.sqlite"), mayCreate: true, nowMs: () => nowMs });
  if (!state.ok) throw new Error(state.error.message);
  await state.value.sources.add([
    minuteOf("hubble", {}),
    minuteOf("netobserv", {
      standing: { state: "retrying", message: "`kafka:9092` cannot be reached: connection refused; check the address" },
      sums: { records: 12, lost: 1234, dropped: 2, outages: 1, leftOut: { reply: 700, "host-network": 20 } },
      lag: { weightedMs: 12 * 95_000, weight: 12, maxMs: 340_000 },
    }),
    minuteOf("capture", { standing: { state: "ended", lastArrivalMs: undefined }, sums: { malformed: 3 } }),
  ]);
  await state.value.observers.seen([
    {
      cluster: "east",
      observer: "node-a",
      incarnation: "0".repeat(32),
      lastSequence: 7,
      version: "postern/0.1.0",
      address: "192.0.2.1",
      atMs: nowMs - 3000,
      sharedAtMs: nowMs - 60_000,
    },
  ]);
  await state.value.close();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Changes {
  readonly standing?: Partial<SourceMinute["standing"]>;
  readonly sums?: Partial<SourceMinute["sums"]>;
  readonly lag?: SourceMinute["lag"];
}

function minuteOf(source: string, { standing, sums, lag }: Changes): SourceMinute {
  return {
    cluster: "east",
    observer: "node-a",
    source,
    minute: nowMs / 60_000 - 10,
    standing: {
      kind: source,
      state: "running",
      message: "",
      samplingMax: 1,
      lastArrivalMs: nowMs - 1500,
      reportedAtMs: nowMs - 3000,
      ...standing,
    },
    sums: {
      records: 1_200_000,
      malformed: 0,
      lost: 0,
      outages: 0,
      dropped: 0,
      receivedBytes: 450_000_000,
      leftOut: { reply: 600_000 },
      ...sums,
    },
    lag: lag ?? { weightedMs: 1_200_000 * 220, weight: 1_200_000, maxMs: 4100 },
  };
}

const run = (line: string, options: TerminalOptions = {}): Promise<Seen> =>
  onTerminal(line, {
    columns: 170,
    ...options,
    ports: {
      openState: () => openSqliteState({ path: join(folder, "state.sqlite"), mayCreate: false, nowMs: () => nowMs }),
      serve: (own) => {
        served = own;
        return Promise.resolve(fail([{ code: "serve_address_in_use", message: "another program listens there" }]));
      },
      readLines: async (path) => {
        const { readFile } = await import("node:fs/promises");
        return (await readFile(path, "utf8")).split("\n");
      },
      ...options.ports,
    },
  });

function problems(schema: string, document: string): unknown {
  const text = readFileSync(new URL(`../../docs/schema/${schema}.json`, import.meta.url), "utf8");
  const validate = new Ajv2020({ formats: { "date-time": true } }).compile(JSON.parse(text) as object);
  validate(JSON.parse(document));
  return validate.errors;
}

describe("sources", () => {
  test("are a table with what deserves a look, and the answer is no", async () => {
    const { stdout, stderr, code } = await run("sources");
    expect(code).toBe(3);
    await expect(`${stdout}--- stderr\n${stderr}`).toMatchFileSnapshot("golden/terminal-sources.txt");
  });

  test.each([60, 80, 120])("fit into a terminal of %i cells", async (columns) => {
    const { stdout } = await run("sources", { columns });
    expect(stdout.split("\n").filter((line) => widthOf(line) > columns)).toEqual([]);
  });

  test("are lines with tabs in a pipe", async () => {
    const { stdout } = await run("sources", { isTerminal: false });
    await expect(stdout).toMatchFileSnapshot("golden/pipe-sources.txt");
  });

  test("follow their schema as JSON", async () => {
    const { stdout, code } = await run("sources --window 60 -o json");
    expect([code, problems("sources", stdout)]).toEqual([3, null]);
  });

  test("that nobody has are told", async () => {
    const later = join(folder, "later.sqlite");
    const open = (): ReturnType<typeof openSqliteState> =>
      openSqliteState({ path: later, mayCreate: true, nowMs: () => nowMs });
    const { stdout, stderr, code } = await run("sources", { isTerminal: false, ports: { openState: open } });
    expect([stdout, code]).toEqual(["", 0]);
    expect(stderr).toContain("nothing has arrived yet");
  });

  test("are of one place", async () => {
    expect((await run(`sources --data ${folder} --server https://x`)).code).toBe(2);
  });
});

describe("tokens", () => {
  test("are made, listed, used up and revoked", async () => {
    const made = await run(
      "token create --cluster west --cluster east --scope ship --scope read --expires 30d --label edge",
      {
        isTerminal: false,
      },
    );
    expect([made.code, parseToken(made.stdout).ok]).toEqual([0, true]);
    const id = made.stdout.slice(8, 20);
    expect(made.stderr).toBe(
      `token ${id} may read and ship for \`east\`, \`west\`, until 2026-04-01 06:00 UTC; it is not shown again\n`,
    );
    const secret = made.stdout.trim().slice(21);
    const listed = await run("token list", { isTerminal: false });
    expect(listed.stdout).toBe(`${id}\tvalid\tread,ship\teast,west\t2026-04-01 06:00\t\t2026-03-02 06:00\tedge\n`);
    // The whole token is forgiven, and still not repeated.
    const revoked = await run(`token revoke ${made.stdout.trim()}`, { isTerminal: false });
    expect([revoked.code, revoked.stderr]).toEqual([0, `token ${id} is revoked\n`]);
    const after = await run("token list -o json", { isTerminal: false });
    expect(problems("tokens", after.stdout)).toBeNull();
    expect(JSON.parse(after.stdout)).toMatchObject({ tokens: [{ id, state: "revoked" }] });
    for (const { stdout, stderr } of [listed, revoked, after]) expect(stdout + stderr).not.toContain(secret);
  });

  test("come before the first start of a collector, whose state is made and told of", async () => {
    const path = join(folder, "new.sqlite");
    const openState = (_: unknown, mayCreate = false): ReturnType<typeof openSqliteState> =>
      openSqliteState({ path, mayCreate, nowMs: () => nowMs });
    const listed = await run("token list", { ports: { openState } });
    expect([listed.code, existsSync(path)]).toEqual([1, false]);
    const create = `token create --data ${folder} --cluster east`;
    const made = await run(create, { isTerminal: false, ports: { openState } });
    expect([made.code, parseToken(made.stdout).ok]).toEqual([0, true]);
    expect(made.stderr).toContain(
      `made a new state in \`${folder}\`; start the server with \`--data ${folder}\`\ntoken `,
    );
    expect((await run(create, { ports: { openState } })).stderr).not.toContain("made a new state");
  });

  test.each([
    ["token create", 2, "required option `--cluster <name>` not specified"],
    ["token create --cluster * --cluster east", 2, "`*` is every cluster; name it alone"],
    ["token create --cluster east --scope write", 2, "there are `ship` and `read`"],
    ["token create --cluster east --expires soon", 2, "write a number of days as `365d`"],
    ["token revoke 123", 2, "error: `<id>`: the identifier of a token has 12 digits"],
    ["token revoke 0123456789ab", 1, "there is no token `0123456789ab`"],
    ["token", 2, ""],
  ])("`%s` is answered %d", async (line, code, why) => {
    const seen = await run(line, { isTerminal: false });
    expect(seen.code).toBe(code);
    expect(seen.stderr).toContain(why);
  });
});

describe("quotas", () => {
  test("are set, listed and removed", async () => {
    expect((await run("quota set * --edges-per-hour 500000")).code).toBe(0);
    expect((await run("quota set east --bytes-per-minute 1000000")).code).toBe(0);
    expect((await run("quota list", { isTerminal: false })).stdout).toBe("*\t500000\t-\t-\neast\t-\t-\t1000000\n");
    expect((await run("quota remove east")).code).toBe(0);
    const again = await run("quota remove east");
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("has no quota of its own")]);
  });
});

describe("serve", () => {
  test.each([
    ["--listen 0.0.0.0:8723", "other machines can reach this address"],
    ["--listen :8723", "other machines can reach this address"],
    ["--listen nowhere", "`nowhere` is no address to listen on"],
    ["--tls-cert a.pem", "`--tls-cert` and `--tls-key` belong together"],
    ["--client-ca a.pem", "`--client-ca` needs `--tls-cert`"],
    ["--state postgres", "`--state postgres` needs `--state-url-file`"],
    ["--keep-hourly 30d --keep-daily 10d", "`--keep-daily` is shorter than `--keep-hourly`"],
    ["--keep-hourly 2w", "write a number of days as `14d`"],
    ["--memory 1", "write a number of MiB, at least 64"],
  ])("%s is refused", async (flags, why) => {
    const { code, stderr } = await run(`serve ${flags}`, { isTerminal: false });
    expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
    expect(served).toBeUndefined();
  });

  test("takes its options from a file, and from the command line before it", async () => {
    const config = join(folder, "serve.yaml");
    await writeFile(config, "data: /srv/postern\nlisten: 127.0.0.1:9000\nkeepHourly: 7d\nmemory: 256\n");
    const { code } = await run(`serve --config ${config} --listen 127.0.0.1:9001`);
    expect(code).toBe(1);
    expect(served).toMatchObject({
      folder: "/srv/postern",
      listen: { host: "127.0.0.1", port: 9001 },
      keep: { hourlyDays: 7, dailyDays: 400 },
      store: { memoryMib: 256 },
      state: { kind: "sqlite", folder: "/srv/postern" },
      tls: undefined,
    });
  });

  test.each([
    ["lisen: 127.0.0.1:9000\nmemroy: 5\n", "there is no option `lisen`, `memroy`"],
    ["listen: 9000\n", "`listen`: "],
    ["keepHourly: 2w\n", "`keepHourly`: write a number of days as `14d`"],
    ["a: &a [1]\nb: [*a, *a]\n", "it uses YAML aliases"],
    ["listen: [\n", "serve.yaml"],
  ])("a file with %j is refused", async (text, why) => {
    const config = join(folder, "serve.yaml");
    await writeFile(config, text);
    const { code, stderr } = await run(`serve --config ${config}`, { isTerminal: false });
    expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
  });
});
