/** `deploy/server.yaml` and the program are held together: its flags, files, ports and accounts are those that work. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { readAccessFile } from "../../src/adapters/access-config/read-access-file.ts";
import { readClustersFile } from "../../src/adapters/clusters-config/read-clusters-file.ts";
import { readRepositoriesFile } from "../../src/adapters/repositories-config/read-repositories.ts";
import type { ServeOptions } from "../../src/app/serve.ts";
import { fail } from "../../src/core/result.ts";
import { stopWithinMs } from "../../src/surfaces/cli/commands/serve/run.ts";
import { onTerminal } from "../cli/made-up.ts";

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: unknown;
  readonly data?: Readonly<Record<string, string>>;
  readonly roleRef?: { readonly name: string };
  readonly subjects?: readonly { readonly name: string; readonly namespace: string }[];
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const manifestsOf = (file: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(`${root}deploy/${file}`, "utf8")).map((document) => document.toJS() as Manifest);
const manifests = manifestsOf("server.yaml");
const one = (kind: string): Manifest => manifests.find((manifest) => manifest.kind === kind)!;
const { template } = one("Deployment").spec as {
  readonly template: {
    readonly spec: {
      readonly serviceAccountName: string;
      readonly terminationGracePeriodSeconds: number;
      readonly containers: readonly [Container];
      readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
    };
  };
};
const [container] = template.spec.containers;
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-deploy-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function served(): Promise<ServeOptions> {
  let options: ServeOptions | undefined;
  const { stderr } = await onTerminal(container.args.join(" "), {
    ports: {
      serve: (given) => {
        options = given;
        return Promise.resolve(fail([]));
      },
    },
  });
  expect(stderr).not.toContain("error:");
  return options!;
}

test("the program takes the arguments, and finds its files where they are mounted", async () => {
  const { folder: data, listen, tls, review } = await served();
  const mounts = new Map(container.volumeMounts.map(({ name, mountPath }) => [name, mountPath]));
  expect(data).toBe(mounts.get("data"));
  expect(tls?.certFile).toBe(`${mounts.get("tls")}/tls.crt`);
  expect(listen).toEqual({ host: "::", port: container.ports[0]!.containerPort });
  const files = [review?.clustersFile, review?.accessFile, review?.repositoriesFile];
  expect(files).toEqual(Object.keys(one("ConfigMap").data!).map((file) => `${mounts.get("config")}/${file}`));
  expect(review?.sample).toBeUndefined();
  expect(template.spec.volumes.map(({ name }) => name).toSorted()).toEqual([...mounts.keys()].toSorted());
});

test("every file of the configuration is understood", async () => {
  const path = (name: string): string => {
    const own = join(folder, name);
    writeFileSync(own, one("ConfigMap").data![name]!);
    return own;
  };
  expect(await readClustersFile(path("clusters.yaml"))).toMatchObject({ ok: true });
  expect(await readAccessFile(path("access.yaml"))).toMatchObject({ ok: true });
  expect(await readRepositoriesFile(path("repositories.yaml"))).toMatchObject({ ok: true });
});

test("the account and the role are those of the other manifests, and nothing here may write to the cluster", () => {
  const account = manifestsOf("server-rbac.yaml").find(({ kind }) => kind === "ServiceAccount")!.metadata;
  const { roleRef, subjects } = one("ClusterRoleBinding");
  expect(template.spec.serviceAccountName).toBe(account.name);
  expect(subjects).toMatchObject([{ name: account.name, namespace: account.namespace }]);
  expect(
    manifestsOf("rbac.yaml").some(({ kind, metadata }) => kind === "ClusterRole" && metadata.name === roleRef?.name),
  ).toBe(true);
  expect(manifests.some(({ kind }) => kind === "ClusterRole" || kind === "Role")).toBe(false);
});

test("the image is of this version, and the pod waits for an end in order", () => {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { version: string };
  expect(container.image.split(":").at(-1)).toBe(version);
  expect(template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(stopWithinMs);
});
