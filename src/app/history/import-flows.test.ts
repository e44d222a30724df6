import { expect, test } from "vitest";
import { edgeForTest } from "../../../test/arbitraries/edge.ts";
import { harvestOf } from "../../../test/cli/made-up.ts";
import { PlainEdgeStore } from "../../../test/history/plain-edge-store.ts";
import { ok } from "../../core/result.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { importFlows, type ImportPorts, type ImportReport } from "./import-flows.ts";

const always = { fromMs: 0, toMs: 4_000_000_000_000 };

/** What files hold: the same text under two names is the same content. */
class MadeUpFiles {
  readonly store: PlainEdgeStore;
  readonly read: string[][] = [];
  readonly appended: SealedBatch[] = [];
  private readonly content: Readonly<Record<string, readonly Edge[]>>;
  failAt = Infinity;

  constructor(content: Readonly<Record<string, readonly Edge[]>>, store = new PlainEdgeStore()) {
    this.content = content;
    this.store = store;
  }

  async import(inputs: readonly string[], cluster = "east"): Promise<ImportReport> {
    const ports: ImportPorts = {
      hashFlows: (named) =>
        Promise.resolve(
          ok(named.map((path) => ({ path, hash: path === "-" ? undefined : hashOf(path.replace(/^copy of /, "")) }))),
        ),
      readFlows: (named) => {
        this.read.push([...named]);
        const edges = named.flatMap((path) => this.content[path.replace(/^copy of /, "")] ?? []);
        return Promise.resolve(ok(harvestOf(edges)));
      },
      store: {
        known: (names) => Promise.resolve(this.store.known(names)),
        append: (batches) => {
          if (this.appended.length >= this.failAt) return Promise.reject(new Error("interrupted"));
          this.appended.push(...batches);
          return Promise.resolve(this.store.append(batches));
        },
      },
    };
    const report = await importFlows({ inputs, cluster, source: "import", nowMs: 4_000_000 }, ports);
    if (!report.ok) throw new Error(report.error[0]?.message);
    return report.value;
  }

  flows(): Record<string, number> {
    const { edges } = this.store.edges({ cluster: undefined, namespace: undefined, window: always, limit: 100_000 });
    return Object.fromEntries(edges.map(({ cluster, workload, flows }) => [`${cluster}/${workload.name}`, flows]));
  }
}

function hashOf(path: string): string {
  return Buffer.from(path).toString("hex").padEnd(64, "0");
}

const a = edgeForTest("shop/Deployment/a tcp 192.0.2.1:443");
const b = edgeForTest("shop/Deployment/b tcp 192.0.2.1:443");

test.each<[string, string[][], Record<string, number>, number]>([
  ["one file", [["a"]], { "east/a": 1 }, 0],
  ["the same file again", [["a"], ["a"]], { "east/a": 1 }, 1],
  ["the same file under another name", [["a"], ["copy of a"]], { "east/a": 1 }, 1],
  ["the same file twice in one import", [["a", "copy of a", "b"]], { "east/a": 1, "east/b": 1 }, 1],
  ["a file with one that is known", [["a"], ["a", "b"]], { "east/a": 1, "east/b": 1 }, 1],
  ["two files, and each of them again", [["a", "b"], ["b"], ["a"]], { "east/a": 1, "east/b": 1 }, 1],
  ["a pipe twice", [["-"], ["-"]], { "east/a": 1 }, 0],
])("%s counts once", async (_, imports, flows, known) => {
  const files = new MadeUpFiles({ a: [a], b: [b], "-": [a] });
  let last: ImportReport | undefined;
  for (const inputs of imports) last = await files.import(inputs);
  expect(files.flows()).toEqual(flows);
  expect(last?.known).toHaveLength(known);
});

test("a known file is not even read", async () => {
  const files = new MadeUpFiles({ a: [a] });
  await files.import(["a"]);
  expect(await files.import(["a"])).toEqual({ harvest: undefined, known: ["a"], batches: 0 });
  expect(files.read).toEqual([["a"]]);
});

test("the same file of two clusters is two recordings", async () => {
  const files = new MadeUpFiles({ a: [a] });
  await files.import(["a"]);
  await files.import(["a"], "west");
  expect(files.flows()).toEqual({ "east/a": 1, "west/a": 1 });
});

test("an import that was interrupted goes on, and tells names and losses once", async () => {
  const files = new MadeUpFiles({ many: many() });
  files.failAt = 4;
  await expect(files.import(["many"])).rejects.toThrow("interrupted");
  files.failAt = Infinity;
  expect((await files.import(["many"])).batches).toBe(3);
  const { edges } = files.store.edges({ cluster: "east", namespace: "shop", window: always, limit: 100_000 });
  expect(edges.map(({ flows }) => flows)).toEqual(many().map(() => 1));
  // Two marks that it began with two batches, the same again, the third, and the mark that the file is known.
  expect(files.appended.map(({ edges: own }) => own.length)).toEqual([0, 0, 2000, 2000, 0, 0, 2000, 2000, 1000, 0]);
  expect(files.appended.slice(4).map(({ health }) => health.length)).toEqual([0, 0, 1, 0, 0, 0]);
});

test.each<[string, string[], readonly Edge[]]>([
  ["together with another file", ["many", "b"], many()],
  ["with options that make other edges of it", ["many"], many().slice(1)],
  ["alone, and now it is short", ["many"], [a]],
])("what an interrupted import has stored is not counted again when it is read %s", async (_, inputs, edges) => {
  const files = new MadeUpFiles({ many: many(), b: [b] });
  files.failAt = 4;
  await expect(files.import(["many"])).rejects.toThrow("interrupted");
  const later = new MadeUpFiles({ many: edges, b: [b] }, files.store);
  await expect(later.import(inputs)).rejects.toThrow("an import of `many` with other files or options was interrupted");
  expect(later.appended).toEqual([]);
});

function many(): readonly Edge[] {
  return Array.from({ length: 5000 }, (_, i) => ({ ...a, port: i + 1 }));
}
