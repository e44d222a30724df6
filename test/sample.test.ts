import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { pack, unpack } from "../scripts/shop-sample/packing.ts";
import { committedSeed, shopSample } from "../scripts/shop-sample/sample.ts";
import { containsIp, ipSetOfAll, parseCidr } from "../src/core/net/ip-set.ts";
import { parseIp } from "../src/core/net/ip.ts";
import { l4Point } from "../src/core/net/l4.ts";
import { compile } from "../src/core/policy/compile.ts";
import { evaluate } from "../src/core/policy/evaluate.ts";
import { readPolicy } from "../src/core/policy/read-policy.ts";

const folder = join(import.meta.dirname, "..", "examples", "shop");
const files = shopSample(committedSeed);
const textOf = new Map(files.map(({ path, text }) => [path, text]));

type Fields = Readonly<Record<string, unknown>>;

const flowTexts = files.filter(({ path }) => path.includes("netobserv-")).map(({ text }) => text);
const lines = flowTexts.flatMap((text) => text.split("\n"));
const records = lines.flatMap(fieldsOf);

function fieldsOf(line: string): Fields[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? [value as Fields] : [];
  } catch {
    return [];
  }
}

test.each(files)("$path is what the generator writes", ({ path, text }) => {
  // Texts are compared, not packed bytes: those depend on the compressor's version. No diff of megabytes on failure.
  expect(unpack(path, readFileSync(join(folder, path))) === text).toBe(true);
});

test("nothing else lies there than the generated files, the policies and the story", () => {
  const present = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith("policies/") && path !== "README.md");
  expect(present.sort()).toEqual(files.map(({ path }) => path).sort());
});

test("a packed file is the text again when it is unpacked", () => {
  for (const path of ["a.log.gz", "a.jsonl.zst", "a.yaml"]) expect(unpack(path, pack(path, "tröt\n"))).toBe("tröt\n");
});

test("another seed is another week with the same objects around it", () => {
  const other = new Map(shopSample("another week").map(({ path, text }) => [path, text]));
  expect([...other.keys()]).toEqual([...textOf.keys()]);
  expect(other.get("flows/dns-evidence.jsonl")).not.toBe(textOf.get("flows/dns-evidence.jsonl"));
  expect(other.get("cluster/networks.config.yaml")).toBe(textOf.get("cluster/networks.config.yaml"));
});

test("it is large enough to learn from and small enough to clone", () => {
  expect(records.length).toBeGreaterThan(30_000);
  expect(records.length).toBeLessThan(60_000);
  const bytes = files.reduce((sum, { path }) => sum + statSync(join(folder, path)).size, 0);
  expect(bytes).toBeLessThan(3 * 2 ** 20);
});

test("some lines are no records, as in any collected file, and the last one is cut", () => {
  const strange = lines.slice(0, -1).filter((line) => fieldsOf(line).length === 0);
  // One empty line at the end of each day but the last, one in between.
  expect(strange.filter((line) => line === "")).toHaveLength(6 + 1);
  expect(strange.filter((line) => line !== "")).toHaveLength(5);
  expect(flowTexts.at(-1)?.endsWith("\n")).toBe(false);
});

test("no address is anybody's: all are reserved for documentation or private use", () => {
  const reserved = ipSetOfAll(
    `192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 10.0.0.0/8 172.16.0.0/12 169.254.169.254/32 224.0.0.251/32
    2001:db8::/32 fd00::/8 ff02::fb/128`
      .split(/\s+/)
      .map((text) => valueOf(parseCidr(text))),
  );
  const addresses = new Set(records.flatMap(({ SrcAddr, DstAddr, AgentIP }) => [SrcAddr, DstAddr, AgentIP]));
  const strange = [...addresses].filter((text) => !containsIp(reserved, valueOf(parseIp(String(text)))));
  expect(strange).toEqual([]);
});

test.each([
  // the cloud's metadata service
  ["169.254.169.254", 80, "2026-03-05T02:11"],
  // the mining pool
  ["203.0.113.77", 3333, "2026-03-05T02:19"],
])("one storefront pod alone reaches %s:%i, first at %s", (address, port, firstSeen) => {
  const seen = records.filter(
    ({ DstAddr, DstPort, SrcK8S_Type }) => DstAddr === address && DstPort === port && SrcK8S_Type === "Pod",
  );
  const pods = new Set(
    seen.map(({ SrcK8S_Namespace, SrcK8S_Name }) => `${String(SrcK8S_Namespace)}/${String(SrcK8S_Name)}`),
  );
  expect([...pods]).toEqual([expect.stringMatching(/^shop-web\/storefront-/)]);
  const firstMs = Math.min(...seen.map(({ TimeFlowStartMs }) => Number(TimeFlowStartMs)));
  expect(new Date(firstMs).toISOString().slice(0, 16)).toBe(firstSeen);
});

test("flags are numbers before the upgrade and lists after it, never both in one record's time", () => {
  const upgradedS = Date.UTC(2026, 2, 5, 10) / 1000;
  const strange = records.filter(
    ({ Flags, TimeReceived }) => Array.isArray(Flags) !== Number(TimeReceived) >= upgradedS,
  );
  expect(strange).toEqual([]);
});

test("the audit log says what the namespace's egress firewall decides", () => {
  const manifest = readFileSync(join(folder, "policies/shop-payments/egressfirewall.yaml"), "utf8");
  const read = readPolicy({ value: parse(manifest), locate: (path) => ({ file: "", path: path.join(".") }) });
  if (read?.policy === undefined) throw new Error("the egress firewall can not be read");
  const controlPlane = ipSetOfAll(["10.0.0.10", "10.0.0.11", "10.0.0.12"].map((text) => valueOf(parseIp(text))));
  const compiled = compile(read.policy, { resolve: () => controlPlane });
  const rules = compiled.rules;

  const seen = new Set<string>();
  for (const { path, text } of files.filter((file) => file.path.includes("acl-audit-log"))) {
    for (const line of text.trimEnd().split("\n")) {
      const [, index, verdict, address, port] =
        /"EF:shop-payments:(\d+)", verdict=(\w+),.* tcp,.*nw_dst=([\d.]+),.*tp_dst=(\d+),/.exec(line) ?? [];
      const point = l4Point("tcp", Number(port));
      const decided = evaluate(compiled, { address: valueOf(parseIp(address ?? path)), l4: point });
      expect(decided.kind).toBe(verdict === "allow" ? "allow" : "deny");
      expect(decided.kind === "unknown" ? undefined : rules[Number(decided.by)]?.written).toBe(Number(index));
      seen.add(`${verdict} by ${index}`);
    }
  }
  expect([...seen].sort()).toEqual(["allow by 0", "allow by 1", "allow by 2", "drop by 4"]);
});

function valueOf<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
