import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repositoryYaml } from "../../src/adapters/manifests/repository-yaml.ts";
import { type PlacedPolicy, placePolicy } from "../../src/app/gitops/place-policy.ts";
import type { Layout } from "../../src/app/gitops/repository-settings.ts";
import { type Files, filesUnder, treeOf, withEdits } from "./memory-tree.ts";

const examples = join(import.meta.dirname, "../../examples/gitops");
const url = "https://git.example.com/platform/policies.git";

function firewall(namespace: string, port = 443): string {
  return `# Learned from 14 days
apiVersion: k8s.ovn.org/v1
kind: EgressFirewall
metadata:
  name: default
  namespace: ${namespace}
spec:
  egress:
    # seen daily
    - type: Allow
      to:
        cidrSelector: 203.0.113.0/28
      ports:
        - protocol: TCP
          port: ${port}
    # the bank, asked for by Ann
    - type: Allow
      to:
        dnsName: api.bank.example
      ports:
        - protocol: TCP
          port: 443
    - type: Deny
      to:
        cidrSelector: 0.0.0.0/0
`;
}

interface Ask {
  readonly layout: Layout;
  readonly path?: string;
  readonly cluster?: string;
  readonly namespace?: string;
  readonly manifest?: string;
  readonly base?: string;
  readonly search?: string;
}

const argo = { kind: "argo-cd", applications: "applications", servers: {} } as const;
const generator = {
  kind: "policy-generator",
  generator: "policies/{cluster}/policy-generator.yaml",
  policy: "egress-{namespace}",
} as const;

async function place(files: Files, ask: Ask): Promise<PlacedPolicy | string> {
  const {
    layout,
    path = "clusters/{cluster}/{namespace}/{kind}.yaml",
    cluster = "east",
    namespace = "shop",
    search,
  } = ask;
  const { manifest = firewall(namespace), base } = ask;
  const object = { cluster, namespace, kind: "EgressFirewall", name: "default" };
  const placed = await placePolicy(
    { tree: treeOf(files), yaml: repositoryYaml, settings: { url, layout, path, search }, object },
    manifest,
    base,
  );
  return placed.ok ? placed.value : `${placed.error.code}: ${placed.error.message}`;
}

/** The changed files as a reader of a pull request sees them. */
function shown(placed: PlacedPolicy | string): string {
  if (typeof placed === "string") return `${placed}\n`;
  const files = placed.files.map(({ path, text }) => `===== ${path}\n${text ?? "(deleted)\n"}`);
  return `${placed.how} ${placed.path}\n${files.join("")}`;
}

describe("a new policy, and one that is there", () => {
  test.each<[string, string, Ask]>([
    ["folders-edit", "folders", { layout: { kind: "folders" } }],
    ["folders-new", "folders", { layout: { kind: "folders" }, namespace: "cart" }],
    ["kustomize-new", "kustomize", { layout: { kind: "kustomize" }, path: "overlays/{cluster}/{kind}.yaml" }],
    [
      "kustomize-patch",
      "kustomize",
      { layout: { kind: "kustomize" }, path: "overlays/{cluster}/{kind}.yaml", cluster: "west" },
    ],
    [
      "kustomize-first",
      "kustomize",
      { layout: { kind: "kustomize" }, path: "overlays/{cluster}/{kind}.yaml", cluster: "north" },
    ],
    ["argo-cd-application", "argo-cd", { layout: argo, path: "{kind}.yaml" }],
    ["argo-cd-set", "argo-cd", { layout: argo, cluster: "west", namespace: "cart" }],
    ["argo-cd-excluded", "argo-cd", { layout: argo, cluster: "west", namespace: "kube-system" }],
    ["argo-cd-none", "argo-cd", { layout: argo, cluster: "north", namespace: "cart" }],
    ["fleet-overlay", "fleet", { layout: { kind: "fleet" }, path: "bundles/{namespace}/{kind}.yaml" }],
    ["fleet-first", "fleet", { layout: { kind: "fleet" }, path: "bundles/{namespace}/{kind}.yaml", namespace: "cart" }],
    [
      "policy-generator-new",
      "policy-generator",
      { layout: generator, path: "policies/{cluster}/{namespace}/{kind}.yaml" },
    ],
    ["policy-generator-outside", "policy-generator", { layout: generator, path: "elsewhere/{kind}.yaml" }],
  ])("%s", async (name, example, ask) => {
    const files = filesUnder(join(examples, example));
    const placed = await place(files, ask);
    await expect(shown(placed)).toMatchFileSnapshot(`../golden/gitops/${name}.txt`);
    if (typeof placed === "string" || placed.files.length === 0) return;
    // What was delivered is found again, and nothing is left to do.
    const again = await place(withEdits(files, placed.files), ask);
    expect(again).toMatchObject({ how: "unchanged", files: [] });
    // And taking it back leaves what was there.
    const gone = await place(withEdits(files, placed.files), { ...ask, manifest: "" });
    if (name === "kustomize-patch") {
      expect(gone).toContain("gitops_held_by_base: `overlays/west/kustomization.yaml` builds upon a base that has");
      return;
    }
    if (typeof gone === "string") throw new Error(gone);
    if (placed.how === "added")
      expect(withoutMade(withEdits(withEdits(files, placed.files), gone.files))).toEqual(files);
  });
});

/** A Kustomization or bundle that was made for the first file stays, with nothing in it. */
function withoutMade(files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).filter(
      ([, text]) =>
        !/^(?:apiVersion: [^\n]*\nkind: Kustomization\nresources: \[\]|defaultNamespace: cart)\n$/.test(text),
    ),
  );
}

const twoFirewalls = { "a.yaml": firewall("shop"), "b/c.yaml": firewall("shop", 8443) };

test.each<[string, Files, Ask, string]>([
  ["the object twice", twoFirewalls, { layout: { kind: "folders" }, search: "", path: "x.yaml" }, "gitops_found_twice"],
  [
    "a chart's bundle",
    { "bundles/shop/fleet.yaml": "helm:\n  chart: ./chart\n" },
    { layout: { kind: "fleet" }, path: "bundles/{namespace}/{kind}.yaml" },
    "gitops_fleet_chart",
  ],
  ["no generator", {}, { layout: generator }, "gitops_no_generator"],
  [
    "an Application that skips the file",
    {
      "applications/a.yaml": `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  source: {repoURL: "${url}", path: shop, directory: {include: "*.json"}}\n  destination: {name: east, namespace: shop}\n`,
    },
    { layout: argo },
    "gitops_application_skips",
  ],
  [
    "a list of objects in one document, with labels that change",
    {
      "clusters/east/all.json": JSON.stringify({
        apiVersion: "v1",
        kind: "List",
        items: [
          {
            apiVersion: "k8s.ovn.org/v1",
            kind: "EgressFirewall",
            metadata: { name: "default", namespace: "shop" },
            spec: { egress: [] },
          },
          { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } },
        ],
      }),
    },
    {
      layout: { kind: "folders" },
      manifest: firewall("shop").replace("  namespace", "  labels: {a: b}\n  namespace"),
      base: firewall("shop", 1),
    },
    "manifest_edit_refused",
  ],
])("%s is told", async (_, files, ask, code) => {
  expect(shown(await place(files, ask))).toContain(code);
});

test("where the file is what the manifest was made from, the manifest takes its place byte by byte", async () => {
  const base = firewall("shop", 80).replace("# seen daily", "# seen daily, says Bo");
  const manifest = base.replace("port: 80", "port: 8443");
  const files = { "clusters/east/x.yaml": `# the file's own heading\n---\n${base}---\nkind: Other\napiVersion: v1\n` };
  const placed = await place(files, { layout: { kind: "folders" }, manifest, base });
  expect(placed).toMatchObject({ how: "document-replaced" });
  expect((placed as PlacedPolicy).files[0]?.text).toBe(
    `# the file's own heading\n---\n${manifest}---\nkind: Other\napiVersion: v1\n`,
  );
});

test("one document of several goes, and the others keep their bytes", async () => {
  const files = filesUnder(join(examples, "folders"));
  const placed = await place(files, { layout: { kind: "folders" }, manifest: "" });
  await expect(shown(placed)).toMatchFileSnapshot("../golden/gitops/folders-remove.txt");
});

test("an object that only a base of the overlay holds cannot be taken out there", async () => {
  const files = filesUnder(join(examples, "kustomize"));
  const ask = { layout: { kind: "kustomize" }, path: "overlays/{cluster}/{kind}.yaml", manifest: "" } as const;
  expect(await place(files, { ...ask, cluster: "west" })).toContain("gitops_held_by_base");
  expect(await place(files, { ...ask, cluster: "east" })).toMatchObject({ how: "unchanged" });
});

test("Kustomizations that build upon each other without end are given up, each read once", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `k${i}`);
  const text = `resources:\n${names.map((name) => `- ../${name}\n`).join("")}`;
  const circle = Object.fromEntries(names.map((name) => [`${name}/kustomization.yaml`, text]));
  const ask = { layout: { kind: "kustomize" }, path: "k0/{kind}.yaml" } as const;
  expect(await place(circle, ask)).toMatchObject({ how: "added" });
  const many = {
    "k0/kustomization.yaml": `resources:\n${Array.from({ length: 300 }, (_, i) => `- ../b${i}\n`).join("")}`,
  };
  expect(await place(many, ask)).toContain("gitops_kustomize_depth");
});

test("names from a cluster never leave the folder", async () => {
  for (const namespace of ["../../etc", "..", ".git", "a/b", "a\nb"]) {
    const placed = await place({}, { layout: { kind: "folders" }, namespace, manifest: firewall("shop") });
    const paths = (placed as PlacedPolicy).files.map(({ path }) => path);
    expect(
      paths.every((path) => /^clusters\/east\/[A-Za-z0-9._-]+\/egress-firewall\.yaml$/.test(path)),
      paths.join(),
    ).toBe(true);
    expect(paths.join().split("/")).not.toContain("..");
    expect(paths.join().split("/")).not.toContain(".git");
  }
});
