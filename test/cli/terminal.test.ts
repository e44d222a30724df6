import { describe, expect, test } from "vitest";
import type { Failure } from "../../src/app/failure.ts";
import type { OutputFile } from "../../src/app/file-sink.ts";
import { fail, ok } from "../../src/core/result.ts";
import { widthOf } from "../../src/surfaces/cli/terminal/width.ts";
import { edge, harvestOf, onTerminal, type Seen, shopHarvest } from "./made-up.ts";
import { filesFolder } from "./program.ts";

function told(line: string, { code, stdout, stderr }: Seen): string {
  const part = (name: string, text: string): string => (text === "" ? "" : `--- ${name}\n${text}`);
  return `$ postern ${line}\n${part("stdout", stdout)}${part("stderr", stderr)}--- exit ${code}\n`;
}

test.for([
  ["lint", "lint traps"],
  ["lint-unused", "lint old --flows x"],
  ["diff", "diff old new"],
  ["diff-pods", "diff pods-old pods-new"],
  ["diff-legacy", "diff legacy old"],
  ["replay", "replay --policies old x"],
  ["replay-rules", "replay --policies old --rules x"],
  ["replay-all", "replay --policies new --against old --all x"],
  ["replay-workloads", "replay --policies old --by workload x"],
  ["optimise", "optimise traps"],
  ["optimise-flows", "optimise old --flows x --unused-days 5"],
  ["verify", "verify old --flows x"],
  ["suggest-edit", "suggest x --policies old -o table"],
  ["explain-seen", "explain -n shop --workload web --to api.example.com:443 --policies new --flows x"],
  ["suggest-table", "suggest x -o table"],
  ["suggest-network-policy", "suggest x --kind networkpolicy -o table"],
  ["suggest-yaml", "suggest x"],
] as const)("on a terminal: %s", async ([name, line]) => {
  await expect(told(line, await onTerminal(line))).toMatchFileSnapshot(`golden/terminal-${name}.txt`);
});

test.for([
  ["replay", "replay --policies old x"],
  ["replay-json", "replay --policies old -o json x"],
  ["suggest-table", "suggest x -o table"],
  ["suggest-json", "suggest x -o json"],
  ["optimise-patch", "optimise old --flows x --unused-days 5 --patch"],
  ["verify", "verify old --flows x"],
  ["verify-junit", "verify old --flows x -o junit"],
  ["suggest-edit", "suggest x --policies old"],
] as const)("in a pipe: %s", async ([name, line]) => {
  await expect(told(line, await onTerminal(line, { isTerminal: false }))).toMatchFileSnapshot(
    `golden/pipe-${name}.txt`,
  );
});

describe("colour", () => {
  const hasColour = async (env: Record<string, string>, isTerminal: boolean): Promise<boolean> =>
    (await onTerminal("diff old old", { env, isTerminal })).stderr.includes("\u001b[");

  test.each([
    ["a terminal", {}, true, true],
    ["a pipe", {}, false, false],
    ["NO_COLOR on a terminal", { NO_COLOR: "1" }, true, false],
    ["an empty NO_COLOR is no wish", { NO_COLOR: "" }, true, true],
    ["FORCE_COLOR in a pipe", { FORCE_COLOR: "1" }, false, true],
    ["FORCE_COLOR=0 on a terminal", { FORCE_COLOR: "0" }, true, false],
    ["NO_COLOR beats FORCE_COLOR", { NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    ["a dumb terminal", { TERM: "dumb" }, true, false],
  ] as const)("%s", async (_title, env, isTerminal, expected) => {
    expect(await hasColour(env, isTerminal)).toBe(expected);
  });
});

test.each([60, 80, 120])("no line is wider than a terminal of %i cells", async (columns) => {
  for (const line of ["lint traps", "diff old new", "replay --policies old --all x", "suggest x -o table"]) {
    const { stdout, stderr } = await onTerminal(line, { columns });
    const tooWide = `${stdout}${stderr}`.split("\n").filter((each) => widthOf(each) > columns);
    expect(tooWide).toEqual([]);
  }
});

test.each([
  ["below", "examples/shop/", "postern lint examples/shop/policies"],
  ["elsewhere", "/opt/my shop/", "postern lint '/opt/my shop/policies'"],
])("examples of the help work where the reader stands: the sample %s", async (_title, sampleFolder, line) => {
  const folder = sampleFolder.startsWith("/") ? sampleFolder : `${filesFolder}${sampleFolder}`;
  const { stdout } = await onTerminal("lint --help", { ports: { sampleFolder: folder } });
  expect(stdout.split("\n")).toContain(`  ${line}`);
});

describe("text of others", () => {
  const hostile = "web\u001b]0;owned\u0007\u001b[2J\u202e";

  test.each([
    "replay --all --policies old x",
    "suggest x -o table",
    "suggest x",
    "explain -n shop --to 192.0.2.7:443 --policies old --flows x",
  ])("cannot act on a terminal: %s", async (line) => {
    const harvest = harvestOf([
      edge("Deployment/web 192.0.2.7 tcp/443", 1, { workload: { kind: "Deployment", name: hostile } }),
    ]);
    const { stdout, stderr } = await onTerminal(line, { harvest });
    // oxlint-disable-next-line no-control-regex
    expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(stdout).toContain("owned");
  });

  test("namespaces never become paths", async () => {
    const written: OutputFile[] = [];
    const harvest = harvestOf([
      edge("Deployment/web 192.0.2.7 tcp/443", 1, { namespace: "../../etc" }),
      edge("Deployment/web 192.0.2.7 tcp/443", 1),
    ]);
    const { stderr } = await onTerminal("suggest x --out proposals", {
      harvest,
      ports: {
        writeFiles: (_folder, files) => {
          written.push(...files);
          return Promise.resolve(ok([]));
        },
      },
    });
    expect(written.map(({ path }) => path.join("/"))).toEqual(["shop/egressfirewall.yaml", "report.md", "report.json"]);
    expect(stderr).toContain("../../etc");
  });
});

test.each([
  ["flows_not_found", 1],
  ["flows_no_permission", 4],
])("a failure with the code %s exits with %i", async (failure, expected) => {
  const readFlows = (): Promise<ReturnType<typeof fail<readonly Failure[]>>> =>
    Promise.resolve(fail([{ code: failure, message: "no" }]));
  expect((await onTerminal("suggest x", { ports: { readFlows } })).code).toBe(expected);
});

test.each([
  [
    "a namespace without traffic",
    "suggest x -n nowhere",
    shopHarvest,
    "error: no recorded flow leaves the cluster from `nowhere`, so there is nothing to learn; flows leave\n" +
      "  it from `shop` [suggest_no_traffic]\n",
  ],
  [
    "files of something else",
    "suggest x",
    harvestOf([]),
    "error: no recorded flow leaves the cluster, so there is nothing to learn; records were left out, 321\n" +
      "  as reply (192.0.2.7:443 → shop/web-5d4f 10.128.2.7 tcp/40404); check the files, their format and\n" +
      "  the cluster networks [suggest_no_traffic]\n",
  ],
])("nothing to learn from is a failure that says what there was: %s", async (_title, line, harvest, words) => {
  const { code, stderr } = await onTerminal(line, { harvest });
  expect([code, stderr]).toEqual([1, words]);
});
