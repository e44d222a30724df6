import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownField } from "../../core/policy/manifest.ts";
import { formatManifestError } from "./manifest-error.ts";
import { readManifests } from "./read-manifests.ts";

let folder = "";
const at = (name: string): string => join(folder, name);
const firewall = (namespace: string): string =>
  `apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata:\n  name: default\n  namespace: ${namespace}\nspec:\n  egress: []\n`;

async function* stdinOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

async function read(
  paths: readonly string[],
  stdin = "",
): Promise<{ found: string[]; unrelated: Record<string, number> } | string[]> {
  const result = await readManifests(
    paths.map((path) => (path === "-" ? path : at(path))),
    { stdin: stdinOf(stdin) },
  );
  if (result.errors.length > 0)
    return result.errors.map((error) => formatManifestError(error).replaceAll(`${folder}/`, ""));
  const { documents, unrelated } = result;
  const found = documents.map(({ value, locate }) => {
    const { file, line } = locate(["metadata", "namespace"]);
    return `${String(ownField(ownField(value, "metadata"), "namespace"))} ${file.replace(`${folder}/`, "")}:${line}`;
  });
  return { found, unrelated: Object.fromEntries(unrelated) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-manifests-"));
  await mkdir(at("tree/b/.hidden"), { recursive: true });
  await mkdir(at("chart/templates"), { recursive: true });
  await mkdir(at("nothing"));
  const files: Record<string, string | Uint8Array> = {
    "one.yaml": firewall("one"),
    "many.yaml": `${firewall("one")}---\napiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n---\n${firewall("two")}`,
    "list.yaml": `apiVersion: v1\nkind: List\nitems:\n- ${firewall("one").trim().replaceAll("\n", "\n  ")}\n- apiVersion: v1\n  kind: Service\n`,
    "typed.json": JSON.stringify(
      {
        apiVersion: "k8s.ovn.org/v1",
        kind: "EgressFirewallList",
        items: [{ metadata: { name: "default", namespace: "one" }, spec: {} }],
      },
      null,
      2,
    ),
    "tree/b/z.yml": firewall("z"),
    "tree/b/a.json": JSON.stringify({ kind: "EgressFirewall", metadata: { namespace: "a" } }),
    "tree/a.yaml": firewall("first"),
    "tree/notes.txt": "not read",
    "tree/b/.hidden/x.yaml": firewall("hidden"),
    "chart/templates/deploy.yaml": "kind: Deployment\nname: {{ .Values.name }}\n",
    "chart/values.yaml": "name: shop\n",
    "chart/firewall.yaml": firewall("chart"),
    "template.yaml": "kind: EgressFirewall\nmetadata:\n  namespace: {{ .Values.namespace }}\n",
    "empty.yaml": "\n  \n",
    "binary.yaml": Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]),
    "latin1.yaml": Buffer.from([0x61, 0x3a, 0x20, 0xe9]),
    "utf16.yaml": Buffer.from("\ufeffa: 1", "utf16le"),
    "half.yaml": `${firewall("one")}  - [`,
    "twice.yaml": "kind: EgressFirewall\nkind: EgressFirewall\n",
    "locked.yaml": firewall("locked"),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(at(name), content);
  await chmod(at("locked.yaml"), 0);
});
afterAll(async () => rm(folder, { recursive: true }));

describe("what is read", () => {
  test.each<[string[], string[], Record<string, number>]>([
    [["one.yaml"], ["one one.yaml:5"], {}],
    [["many.yaml"], ["one many.yaml:5", "two many.yaml:17"], { ConfigMap: 1 }],
    [["list.yaml"], ["one list.yaml:8"], { Service: 1 }],
    [["typed.json"], ["one typed.json:8"], {}],
    // directories come in name order, files as given, and nothing twice
    [["tree"], ["first tree/a.yaml:5", "a tree/b/a.json:1", "z tree/b/z.yml:5"], {}],
    [["tree/b/z.yml", "tree"], ["z tree/b/z.yml:5", "first tree/a.yaml:5", "a tree/b/a.json:1"], {}],
    [["tree/**/*.yml"], ["z tree/b/z.yml:5"], {}],
    [["chart"], ["chart chart/firewall.yaml:5"], { "no kind": 1, unreadable: 1 }],
  ])("%j", async (paths, found, unrelated) => expect(await read(paths)).toEqual({ found, unrelated }));

  test("standard input", async () => {
    expect(await read(["-"], firewall("piped"))).toEqual({ found: ["piped <stdin>:5"], unrelated: {} });
  });
});

describe("what a person gets wrong", () => {
  test.each<[string, string]>([
    ["nowhere.yaml", "nowhere.yaml: there is no such file or directory"],
    ["nowhere/*.yaml", "nowhere/*.yaml: no file matches this pattern"],
    ["nothing", "nothing: no `.yaml`, `.yml` or `.json` file below this directory"],
    ["empty.yaml", "empty.yaml: the file is empty"],
    ["binary.yaml", "binary.yaml: this is a binary file, not YAML or JSON"],
    ["latin1.yaml", "latin1.yaml: this is not UTF-8 text"],
    ["utf16.yaml", "utf16.yaml: this is UTF-16 text, save it as UTF-8"],
    ["half.yaml", "half.yaml:8:1: a block sequence may not be used as an implicit map key"],
    ["twice.yaml", "twice.yaml:2:1: a key is written twice in one mapping"],
    [
      "template.yaml",
      "template.yaml:3:14: this is a template (`{{ … }}`), not a manifest: render it first, such as with `helm template`",
    ],
  ])("%s", async (path, message) => expect(await read([path])).toEqual([message]));

  // The superuser may read everything.
  test.skipIf(process.getuid?.() === 0)("no permission", async () => {
    expect(await read(["locked.yaml"])).toEqual(["locked.yaml: no permission to read this file"]);
  });

  test("all problems of all files at once", async () => {
    expect(await read(["twice.yaml", "nowhere.yaml", "empty.yaml"])).toHaveLength(3);
  });

  test("a file over the limit is refused before it is read", async () => {
    const result = await readManifests(
      [at("many.yaml"), "-"],
      { stdin: stdinOf("x".repeat(101)) },
      { limitBytes: 100 },
    );
    expect(result.errors.map(({ code }) => code)).toEqual(["manifest_too_large", "manifest_too_large"]);
  });
});
