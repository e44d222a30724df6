import { parseCidr } from "../../src/core/net/ip-set.ts";
import { parseIp } from "../../src/core/net/ip.ts";
import { ok } from "../../src/core/result.ts";
import { ports } from "../../src/main/ports.ts";
import { noClusterFacts } from "../../src/pipeline/flows/cluster-facts.ts";
import type { Edge } from "../../src/pipeline/flows/edge.ts";
import type { Harvest } from "../../src/pipeline/flows/harvest.ts";
import type { ExitCode } from "../../src/surfaces/cli/exit.ts";
import type { CliIo } from "../../src/surfaces/cli/io.ts";
import type { CliPorts } from "../../src/surfaces/cli/ports.ts";
import { runCli } from "../../src/surfaces/cli/run.ts";
import { filesFolder } from "./program.ts";

const start = Date.UTC(2026, 2, 2, 6);

/** `Deployment/web 192.0.2.7 tcp/443 api.example.com` with a number of flows. */
export function edge(text: string, flows: number, more: Partial<Edge> = {}): Edge {
  const [owner = "", host = "", point = "", ...names] = text.split(" ");
  const [kind = "", name = ""] = owner.split("/");
  const [protocol = "", port = "0"] = point.split("/");
  const address = parseIp(host);
  if (!address.ok) throw new TypeError(address.error.message);
  return {
    cluster: "",
    namespace: "shop",
    workload: { kind, name },
    address: address.value,
    prefixLength: undefined,
    protocol: protocol as Edge["protocol"],
    port: Number(port),
    verdict: "seen",
    names,
    decidedBy: [],
    flows,
    bytes: flows * 1000,
    firstSeenMs: start,
    lastSeenMs: start + 5 * 86_400_000,
    activity: Array.from({ length: 120 }, (_, hour) => ({ hour: start / 3_600_000 + hour, flows: 1 })),
    ...more,
  };
}

export function harvestOf(edges: readonly Edge[], more: Partial<Harvest> = {}): Harvest {
  const pods = parseCidr("10.128.0.0/14");
  return {
    edges,
    nameEvidence: [],
    leftOut: [{ reason: "reply", flows: 321, example: "192.0.2.7:443 → shop/web-5d4f 10.128.2.7 tcp/40404" }],
    malformed: { count: 0, samples: [] },
    inputs: [
      {
        path: "flows.jsonl",
        format: "plain",
        compression: "none",
        bytes: 12_345,
        flows: 4567,
        malformed: 0,
        isTruncated: false,
      },
    ],
    window: { firstMs: start, lastMs: start + 7 * 86_400_000 },
    samplingMax: 1,
    gaps: { lostEvents: 0, nodeOutages: 0 },
    clusterNetworks: { pods: pods.ok ? [pods.value] : [], services: [], origin: "given" },
    overflow: { edges: 0, activity: 0, names: 0 },
    isComplete: true,
    warnings: [],
    ...more,
  };
}

/** The recording of the tests: a payment provider by name, a database by address, and one thing nobody wants. */
export const shopHarvest: Harvest = harvestOf([
  edge("Deployment/web 192.0.2.7 tcp/443 api.example.com", 900),
  edge("Deployment/web 192.0.2.130 tcp/443", 40),
  edge("Deployment/web 2001:db8::7 tcp/443 api.example.com", 12),
  edge("StatefulSet/ledger 10.20.30.40 tcp/5432", 5000),
  edge("Deployment/web 169.254.169.254 tcp/80", 1),
  edge("Deployment/web 198.51.100.9 icmp", 3),
  edge("Deployment/web 203.0.113.77 tcp/3333", 2, { activity: [{ hour: start / 3_600_000, flows: 2 }] }),
]);

export interface Seen {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly isTerminal?: boolean;
  readonly env?: CliIo["env"];
  readonly ports?: Partial<CliPorts>;
  readonly harvest?: Harvest;
}

/** Runs a command line in this process; policies come from `test/cli/files`, flows are the made-up ones. */
export async function onTerminal(line: string, options: TerminalOptions = {}): Promise<Seen> {
  let stdout = "";
  let stderr = "";
  const { columns = 100, isTerminal = true, env = { NO_COLOR: "1" }, harvest = shopHarvest } = options;
  const io: CliIo = {
    stdout: { isTerminal, columns, write: (text) => void (stdout += text) },
    stderr: { isTerminal, columns, write: (text) => void (stderr += text) },
    env,
    workingDirectory: filesFolder,
    programName: "postern",
    nowMs: () => start,
    interrupted: new AbortController().signal,
    stopWithin: () => {},
    busy: (work) => Promise.try(work),
  };
  const fake: CliPorts = {
    ...ports,
    readPolicies: async (paths, own) => relative(await ports.readPolicies(paths.map(absolute), own)),
    readLines: (path) => ports.readLines(absolute(path)),
    policyFiles: async () => {
      const files = await ports.policyFiles();
      return { ...files, readText: (path) => files.readText(absolute(path)) };
    },
    readFlows: () => Promise.resolve(ok(harvest)),
    readCluster: () => Promise.resolve(ok({ facts: noClusterFacts, warnings: [] })),
    sampleFolder: absolute("examples/shop/"),
    ...options.ports,
  };
  const code = await runCli(line.split(" "), io, fake);
  return { code, stdout, stderr };
}

const absolute = (path: string): string => (path === "/dev/null" ? path : `${filesFolder}${path}`);

/** The value with every path in it as it was typed: golden files must not know where the checkout lies. */
function relative<T>(value: T): T {
  const visit = (part: unknown): unknown => {
    if (typeof part === "string") return part.replaceAll(filesFolder, "");
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, own]) => [key, visit(own)]));
  };
  return visit(value) as T;
}
