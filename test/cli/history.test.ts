import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { HistoryPlace } from "../../src/app/history/history-place.ts";
import type { HistoryReader } from "../../src/app/history/history-reader.ts";
import { HistoryUnavailable } from "../../src/app/history/history-unavailable.ts";
import { fail, ok } from "../../src/core/result.ts";
import { sealHarvest } from "../../src/pipeline/flows/seal.ts";
import type { SealedBatch } from "../../src/pipeline/flows/sealed-batch.ts";
import { historyOutput } from "../../src/surfaces/cli/commands/history/schema.ts";
import { plainReader } from "../history/plain-reader.ts";
import { harvestOf, onTerminal, type Seen, shopHarvest, type TerminalOptions } from "./made-up.ts";

const start = Date.UTC(2026, 2, 2, 6);

const window = { firstMs: start, lastMs: start + 1_800_000 };
/** The recording of the other tests within one hour, so that its counts and its hours agree. */
const shop = harvestOf(
  shopHarvest.edges.map((edge) => ({
    ...edge,
    firstSeenMs: window.firstMs,
    lastSeenMs: window.lastMs,
    activity: [{ hour: start / 3_600_000, flows: edge.flows }],
  })),
  { window, leftOut: [] },
);

/** Metrics of a workload whose flows were recorded. */
function shopMetrics(owner: number): SealedBatch["coarse"] {
  const row = { source: 0, owner, protocol: undefined, port: undefined, verdict: "seen", flows: undefined } as const;
  const hour = start / 3_600_000;
  return [
    { ...row, destination: "pub", hour, bytes: 70_000 },
    { ...row, destination: "", hour: hour + 1, bytes: 300, protocol: "tcp", port: 443 },
  ];
}

/** As an import would store it. */
function shopHistory(health: Parameters<typeof plainReader>[1] = [{}]): HistoryReader {
  const { edges } = shop;
  const nameEvidence = edges.flatMap(({ names, cluster, namespace, workload, address, firstSeenMs, lastSeenMs }) =>
    names.map((name) => ({
      name,
      address,
      cluster,
      namespace,
      workload,
      from: "dns-answer" as const,
      chain: ["edge.example.net"],
      ttlSeconds: 60,
      count: 3,
      firstSeenMs,
      lastSeenMs,
    })),
  );
  const batch = sealHarvest(harvestOf(edges, { nameEvidence }), {
    observer: "import",
    incarnation: "0".repeat(32),
    sequence: 1,
    cluster: "east",
    sealedAtMs: start,
    source: "flows",
    kind: "import plain",
    arrivedAtMs: start,
  });
  return plainReader([{ ...batch, coarse: shopMetrics(batch.owners.length - 1) }], health);
}

async function ask(line: string, options: TerminalOptions = {}): Promise<Seen & { readonly places: HistoryPlace[] }> {
  const places: HistoryPlace[] = [];
  const readHistory = (place: HistoryPlace) => {
    places.push(place);
    return Promise.resolve(ok(shopHistory(line.includes("coverage") ? [{}, retrying] : [{}])));
  };
  const seen = await onTerminal(line, { columns: 140, ...options, ports: { readHistory, ...options.ports } });
  return { ...seen, places };
}

const hour = start / 3_600_000;
const reportedHours = [
  { firstHour: hour - 30, lastHour: hour - 21 },
  { firstHour: hour - 10, lastHour: hour - 2 },
];
const retrying = {
  source: "hubble",
  state: "retrying",
  message: "nobody there",
  samplingMax: 50,
  lost: 7,
  reportedHours,
} as const;
const week = "--since 2026-03-01 --until 2026-03-10";

test.for([
  ["edges", `history edges ${week} --limit 3`],
  ["names", `history names ${week} --name API.example.com.`],
  ["new", `history new --since 2026-03-01 -n shop`],
  ["talkers", `history talkers ${week} --of destination --by bytes`],
  ["coarse", `history coarse ${week}`],
  ["coverage", `history coverage ${week}`],
  ["wrong-namespace", `history edges ${week} -n sohp`],
  ["wrong-time", "history edges --since 2020-01-01 --until 2020-02-01"],
] as const)("on a terminal: %s", async ([name, line]) => {
  const { stdout, stderr, code } = await ask(line);
  const told = `$ postern ${line}\n--- stdout\n${stdout}--- stderr\n${stderr}--- exit ${code}\n`;
  await expect(told).toMatchFileSnapshot(`golden/terminal-history-${name}.txt`);
});

describe("JSON follows its schema", () => {
  const validate = new Ajv2020({ allErrors: true, formats: { "date-time": true } }).compile(
    z.toJSONSchema(historyOutput, { target: "draft-2020-12" }),
  );
  test.each(["edges", "names", "new", "talkers", "coarse", "coverage"])("%s", async (question) => {
    const { stdout } = await ask(`history ${question} --since 2026-03-01 -o json`, { isTerminal: false });
    validate(JSON.parse(stdout));
    expect(validate.errors).toBeNull();
  });
});

test.each<[string, string, Partial<HistoryPlace>, TerminalOptions["env"]]>([
  ["a folder that is named", "--data /data", { kind: "folder", folder: "/data" }, {}],
  ["$POSTERN_DATA", "", { kind: "folder", folder: "/own" }, { POSTERN_DATA: "/own", XDG_DATA_HOME: "/xdg" }],
  ["$XDG_DATA_HOME", "", { kind: "folder", folder: "/xdg/postern" }, { XDG_DATA_HOME: "/xdg" }],
  ["the home of the user", "", { kind: "folder", folder: "/home/me/.local/share/postern" }, { HOME: "/home/me" }],
  [
    "a collector",
    "--server https://collector.example:8723 --token-file token --ca-file ca.pem",
    { kind: "server", url: "https://collector.example:8723", tokenFile: "token", caFile: "ca.pem" },
    {},
  ],
])("the history is in %s", async (_, options, place, env = {}) => {
  const { places } = await ask(`history coverage ${options}`.trim(), { env: { NO_COLOR: "1", ...env } });
  expect(places).toEqual([place]);
});

test.each([
  ["suggest", "suggest"],
  ["suggest as a table", "suggest -o table"],
  ["replay", "replay --policies old"],
  ["explain", "explain -n shop --to api.example.com:443 --policies new"],
])("%s from a history says what it says of the recording", async (_, line) => {
  const flows = line.startsWith("explain") ? `${line} --flows x` : `${line} x`;
  const recorded = await onTerminal(flows, { harvest: shop });
  const kept = await ask(`${line} --history kept --since 2026-03-01 --until 2026-03-10`, {
    columns: 100,
  });
  expect(kept.stdout).toBe(recorded.stdout);
  expect(kept.code).toBe(recorded.code);
});

test.each([
  ["flows and a history", "suggest x --history kept", "history_and_flows"],
  ["neither flows nor a history", "suggest", "missing required argument `flows`"],
  ["a workload that is none", "history edges --workload web", "history_question"],
  ["an address that is none", "history names --address web", "history_question"],
  ["a time that is none", "history edges --since yesterday", "`yesterday` is no time"],
  ["a date that is none", "history edges --since 2026-13-01", "`2026-13-01` is no time"],
  ["a day that February has not", "history edges --since 2026-02-30", "`2026-02-30` is no time"],
  ["a time that ends before it begins", "history edges --since 2026-03-02 --until 2026-03-01", "history_question"],
  ["a collector that is none", "history edges --server collector", "is no address of a collector"],
  ["a folder and a collector", "history edges --server http://c --data d", "cannot be used with"],
  ["too many rows", "history edges --limit 1000001", "is no number of rows"],
  ["a retention that loses days", "history maintain --hourly-days 9 --daily-days 8", "history_retention"],
])("%s is refused", async (_, line, why) => {
  const { stderr, code } = await ask(line);
  expect(stderr).toContain(why);
  expect([1, 2]).toContain(code);
});

test.each([
  ["cannot be opened", { readHistory: () => Promise.resolve(fail({ code: "history_locked", message: "held" })) }],
  [
    "fails while it answers",
    {
      readHistory: () => {
        const coverage = () => Promise.reject(new HistoryUnavailable({ code: "history_locked", message: "held" }));
        return Promise.resolve(ok({ ...shopHistory(), coverage }));
      },
    },
  ],
])("a history that %s is told in one sentence", async (_, ports) => {
  for (const line of ["history coverage", "suggest --history kept"]) {
    const { stderr, code } = await onTerminal(line, { ports });
    expect([stderr, code]).toEqual(["error: held [history_locked]\n", 1]);
  }
});

test("a history in which nothing leaves the cluster is told by what shows more", async () => {
  const { code, stderr } = await ask("suggest --history kept --since 2020-01-01 --until 2020-02-01");
  expect(code).toBe(1);
  const words = stderr.replaceAll(/\s+/g, " ");
  expect(words).toContain("`postern history coverage` says what was kept and `postern sources` what arrives");
  expect(words).not.toContain("check the files");
});

test("an empty history says how it is filled", async () => {
  const readHistory = () => Promise.resolve(ok(plainReader([])));
  const { stderr } = await ask("history coverage", { ports: { readHistory } });
  expect(stderr).toContain("the history is empty; `postern observe` fills it, or `postern history import` from files");
});
