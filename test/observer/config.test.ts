import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { settingsFromFlags } from "../../src/adapters/observer-config/from-flags.ts";
import { newMaskKey, openMask } from "../../src/adapters/observer-config/mask-key.ts";
import { readConfigFile, readConfigText } from "../../src/adapters/observer-config/read-config.ts";
import type { ObserverFlags } from "../../src/app/live/observer-port.ts";
import { liveSources } from "../../src/main/live-sources.ts";

const surroundings = { kinds: liveSources, hostname: "Node_A.example.com", stateFolder: "/state" };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-config-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The complaints about a configuration. */
async function complaints(text: string): Promise<readonly string[]> {
  const read = await readConfigText(text, "observe.yaml", surroundings);
  return read.ok ? [] : read.error.map(({ code, message }) => `${message} [${code}]`);
}

test("every mistake is told at once, each with its place", async () => {
  const text = `cluster: East
every: 2 s
sources:
  - kind: flow-export
    listen: [99999]
    exporter: [10.0.0.0/8]
  - kind: hubbel
  - name: a
    kind: hubble
    address: relay:80
    tls: { caFil: x }
  - name: a
    kind: capture
    path: "-"
networks: { pods: [10.1.2.3/8] }
ship: { url: "ftp://x", tokenFile: token }
buffer: { size: 5 }
metrics: 9400
extra: 1
`;
  await expect(`${(await complaints(text)).join("\n")}\n`).toMatchFileSnapshot("config-mistakes.txt");
});

const good = "cluster: east\nsources: [{ kind: capture, path: a.pcap }]\n";

test.each([
  ["a syntax error", "cluster: [east", /^observe\.yaml:1:\d+: .* \[observe_config_syntax\]$/],
  [
    "a key twice",
    "cluster: a\ncluster: b\n",
    /^observe\.yaml:2:1: `cluster` stands there twice \[observe_config_syntax\]$/,
  ],
  ["nothing", "", /^observe\.yaml:1:1: the configuration is to be a mapping, and is empty/],
  [
    "an alias of nothing",
    "cluster: *east\n",
    /^observe\.yaml: no `&east` is before `\*east` \[observe_config_syntax\]$/,
  ],
  [
    "aliases of aliases",
    ["a", "b", "c", "d", "e", "f"]
      .reduce((text, name, i, all) => `${text}${name}: &${name} [${`*${all[i - 1]},`.repeat(9)}]\n`, "")
      .replace(/\[.*?\]/, "[x]"),
    /^observe\.yaml: aliases stand for too much; write the values out \[observe_config_syntax\]$/,
  ],
  ["a list", "- a\n", /^observe\.yaml:1:1: the configuration is to be a mapping/],
  ["a manifest", "kind: ConfigMap\n---\nkind: Service\n", /^observe\.yaml:2:1: there are several documents.*`data`/],
  [
    "`kubernetes: true`",
    `${good}kubernetes: true\n`,
    /^observe\.yaml:3:13: `kubernetes` is to be `false` or a mapping, not `true`/,
  ],
  [
    "a typo in the kubeconfig",
    `${good}kubernetes: { kubeconfg: a }\n`,
    /^observe\.yaml:3:15: .* has no option `kubeconfg`/,
  ],
  ["no source", "cluster: a\nsources: []\n", /^observe\.yaml:2:10: `sources` is to have at least 1 entry \[/],
])("%s is told with its place", async (_, text, told) => {
  expect((await complaints(text))[0]).toMatch(told);
});

test("a password in an address is not repeated", async () => {
  const text =
    "cluster: east\nsources: [{ kind: hubble, address: relay:80 }]\nship: { url: 'https://me:hush@example.com' }\n";
  const [told = ""] = await complaints(text);
  expect(told).toContain("without user or query");
  expect(told).not.toContain("hush");
});

test("a file that is not there is told", async () => {
  const read = await readConfigFile(join(folder, "none.yaml"), surroundings);
  expect(read).toMatchObject({ ok: false, error: [{ code: "observe_config_unreadable" }] });
});

test("a folder, and what never ends, is no configuration", async () => {
  const told = async (path: string): Promise<string> => {
    const read = await readConfigFile(path, surroundings);
    return read.ok ? "" : (read.error[0]?.message ?? "");
  };
  expect(await told(folder)).toBe(`\`${folder}\` is a folder; name the file in it`);
  expect(await told("/dev/zero")).toBe("`/dev/zero` is larger than 1 MiB: no configuration is");
});

test.each([
  ["UTF-16, as some editors write it", Buffer.from("\ufeffcluster: east\n", "utf16le"), "is UTF-16; save it as UTF-8"],
  ["a program", Buffer.from("\u007fELF\u0002\0\0\0"), "is no text in UTF-8: no configuration is"],
  ["Latin-1", Buffer.from("cluster: münchen\n", "latin1"), "is no text in UTF-8: no configuration is"],
])("%s is told for what it is", async (_, bytes, told) => {
  const path = join(folder, "observe.yaml");
  writeFileSync(path, bytes);
  const read = await readConfigFile(path, surroundings);
  expect(read.ok ? "" : read.error[0]?.message).toBe(`\`${path}\` ${told}`);
});

test("what is left out has a preset", async () => {
  const read = await readConfigText("cluster: east\nsources: [{ kind: capture, path: a.pcap }]\n", "x", surroundings);
  if (!read.ok) throw new Error(read.error[0]?.message);
  const { kind, ...source } = read.value.sources[0]!;
  expect(kind.kind).toBe("capture");
  expect(source).toMatchObject({ name: "capture", options: { path: "a.pcap", follow: false } });
  expect(read.value).toMatchObject({
    observer: "node-a-example-com",
    cluster: "east",
    everyMs: 2000,
    networks: { pods: [], services: [] },
    kubernetes: { from: "api", patienceMs: 60_000 },
    buffer: { folder: "/state/postern/observer/node-a-example-com", maxBytes: 512 << 20 },
    ship: undefined,
    graceMs: 20_000,
  });
});

const flags: ObserverFlags = {
  source: "hubble",
  set: [],
  cluster: "east",
  name: undefined,
  to: undefined,
  tokenFile: undefined,
  caFile: undefined,
  every: undefined,
  bufferFolder: undefined,
  buffer: undefined,
  metrics: undefined,
  anonymiseKeyFile: undefined,
  clusterDump: [],
  withoutKubernetes: true,
};

describe("one source on the command line", () => {
  test("is what a file with the same options is", async () => {
    const set = ["address=relay.example:443", "tls.caFile=ca.pem", "tls.serverName=relay"];
    const read = await settingsFromFlags({ ...flags, set, to: "https://c.example", every: "1s" }, surroundings);
    expect(read).toMatchObject({
      ok: true,
      value: {
        everyMs: 1000,
        kubernetes: { from: "nothing" },
        sources: [{ options: { address: "relay.example:443", tls: { caFile: "ca.pem", serverName: "relay" } } }],
      },
    });
  });

  test("can be standard input, without quotes of its own", async () => {
    const own = { source: "capture", set: ["path=-"], to: "https://c.example" };
    const read = await settingsFromFlags({ ...flags, ...own }, surroundings);
    expect(read).toMatchObject({ ok: true, value: { sources: [{ options: { path: "-" } }] } });
  });

  test.each([
    [{ set: ["adress=relay:80"] }, "`--set address` is missing"],
    [{ set: ["address"] }, "`--set`: `address` is not `option=value`"],
    [{ set: ["address=relay:80"], every: "soon" }, "`--every`: `soon` is no duration: "],
    [{ set: ["__proto__.x=1"] }, "`--set`: `__proto__.x=1` is not `option=value`"],
    [{ source: "hubbel" }, "`--source` is no kind of source: `hubbel`; there are "],
  ])("%j is told by the option's own name", async (own, told) => {
    const read = await settingsFromFlags({ ...flags, ...own }, surroundings);
    expect(read.ok ? "" : read.error.map(({ message }) => message).join("\n")).toContain(told);
  });
});

describe("the example that is shipped", () => {
  const path = fileURLToPath(new URL("../../deploy/observer.yaml", import.meta.url));
  const shipped = new Map(
    parseAllDocuments(readFileSync(path, "utf8")).map((document) => {
      const { kind, data, spec } = document.toJS() as { kind: string; data: unknown; spec: unknown };
      return [kind, data ?? spec];
    }),
  );
  const text = (shipped.get("ConfigMap") as Readonly<Record<string, string>>)["observe.yaml"]!;

  test("is understood", async () => {
    expect(await complaints(text)).toEqual([]);
  });

  test("is listened to where its pod and its service say, by both families, and finds its files", async () => {
    const read = await readConfigText(text, "observe.yaml", surroundings);
    if (!read.ok) throw new Error(read.error[0]?.message);
    const { metrics, buffer, ship, sources } = read.value;
    interface Port {
      readonly name: string;
      readonly containerPort: number;
    }
    const { template } = shipped.get("StatefulSet") as {
      template: {
        spec: { containers: { ports: Port[]; volumeMounts: { mountPath: string }[] }[] };
      };
    };
    const { ports, volumeMounts } = template.spec.containers[0]!;
    const portOf = (name: string): number | undefined => ports.find((port) => port.name === name)?.containerPort;
    expect(metrics).toEqual({ host: "::", port: portOf("metrics") });
    expect(sources.find(({ name }) => name === "flow-export")?.options).toMatchObject({
      listen: [{ port: portOf("ipfix") }],
    });
    const service = shipped.get("Service") as { ports: { name: string; port: number; targetPort: string }[] };
    for (const { name, port, targetPort } of service.ports)
      expect([name, port]).toEqual([targetPort, portOf(targetPort)]);
    const mounts = volumeMounts.map(({ mountPath }) => mountPath);
    for (const file of [buffer.folder, ship?.tokenFile ?? "", ship?.tls?.caFile ?? ""]) {
      expect(mounts.some((mount) => file === mount || file.startsWith(`${mount}/`))).toBe(true);
    }
  });
});

describe("keys", () => {
  test("a new key hides and reveals, and no two are the same", async () => {
    writeFileSync(join(folder, "key"), newMaskKey());
    const mask = await openMask(join(folder, "key"));
    if (!mask.ok) throw new Error(mask.error.message);
    const token = mask.value.labels.hide("cart");
    expect(mask.value.labels.reveal(token)).toBe("cart");
    expect(newMaskKey()).not.toBe(newMaskKey());
  });

  test.each([
    ["nothing", ""],
    ["too little", "postern-mask-1:AAAA"],
    ["something else", "-----BEGIN PRIVATE KEY-----"],
  ])("%s is no key", async (_, text) => {
    writeFileSync(join(folder, "key"), text);
    expect(await openMask(join(folder, "key"))).toMatchObject({ ok: false, error: { code: "observe_key_unusable" } });
  });
});
