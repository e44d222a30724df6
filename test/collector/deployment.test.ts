/** `deploy/collector.yaml` and the program are held together: its flags, ports, paths and folders are those that work. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { ServeOptions } from "../../src/app/serve.ts";
import { fail } from "../../src/core/result.ts";
import { stopWithinMs } from "../../src/surfaces/cli/commands/serve/run.ts";
import { onTerminal } from "../cli/made-up.ts";
import { CollectorForTest, get } from "./collector-for-test.ts";

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly scheme: string };
}

interface Deployment {
  readonly replicas: number;
  readonly strategy: unknown;
  readonly selector: { readonly matchLabels: unknown };
  readonly template: {
    readonly metadata: { readonly labels: unknown };
    readonly spec: {
      readonly serviceAccountName: string;
      readonly automountServiceAccountToken: boolean;
      readonly terminationGracePeriodSeconds: number;
      readonly securityContext: unknown;
      readonly containers: readonly [
        {
          readonly image: string;
          readonly args: readonly string[];
          readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
          readonly startupProbe: Probe;
          readonly livenessProbe: Probe;
          readonly readinessProbe: Probe;
          readonly securityContext: unknown;
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
        },
      ];
      readonly volumes: readonly {
        readonly name: string;
        readonly secret?: { readonly secretName: string };
        readonly persistentVolumeClaim?: { readonly claimName: string };
      }[];
    };
  };
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const manifests = parseAllDocuments(readFileSync(`${root}deploy/collector.yaml`, "utf8")).map(
  (document) =>
    document.toJS() as {
      readonly kind: string;
      readonly metadata: { readonly name: string; readonly namespace?: string };
      readonly spec: unknown;
    },
);
const specOf = <T>(kind: string): T => manifests.find((manifest) => manifest.kind === kind)!.spec as T;
const deployment = specOf<Deployment>("Deployment");
const { template } = deployment;
const [container] = template.spec.containers;

/** What the program makes of the container's arguments. */
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
  const { folder, tls, store, state, openMetrics } = await served();
  const mounted = new Map(container.volumeMounts.map(({ name, mountPath }) => [name, mountPath]));
  expect(folder).toBe(mounted.get("data"));
  expect([store.kind, state.kind, openMetrics]).toEqual(["duckdb", "sqlite", false]);
  expect(tls).toEqual({
    certFile: `${mounted.get("tls")}/tls.crt`,
    keyFile: `${mounted.get("tls")}/tls.key`,
    clientCaFile: undefined,
  });
  expect(template.spec.volumes.map(({ name }) => name).toSorted()).toEqual([...mounted.keys()].toSorted());
  const claim = manifests.find(({ kind }) => kind === "PersistentVolumeClaim");
  expect(template.spec.volumes.find(({ name }) => name === "data")?.persistentVolumeClaim?.claimName).toBe(
    claim?.metadata.name,
  );
});

test("one port goes through listener, container, probes, service and network policy", async () => {
  const { listen } = await served();
  const [port] = container.ports;
  expect(listen).toEqual({ host: "::", port: port!.containerPort });
  const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
  expect(probes.map(({ httpGet }) => [httpGet.port, httpGet.scheme])).toEqual(probes.map(() => [port!.name, "HTTPS"]));
  expect(specOf<{ ports: unknown }>("Service").ports).toEqual([
    { name: port!.name, port: port!.containerPort, targetPort: port!.name },
  ]);
  const { ingress, egress, policyTypes } = specOf<{ ingress: { ports: unknown }[]; egress: []; policyTypes: [] }>(
    "NetworkPolicy",
  );
  expect(ingress.map(({ ports: open }) => open)).toEqual([[{ protocol: "TCP", port: port!.name }]]);
  expect([egress, policyTypes]).toEqual([[], ["Ingress", "Egress"]]);
});

test("probes ask what the collector answers to anybody", async () => {
  const own = await CollectorForTest.open();
  for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
    expect((await get(own.url, httpGet.path)).status).toBe(200);
  }
  expect(container.readinessProbe.httpGet.path).not.toBe(container.livenessProbe.httpGet.path);
  await own.close();
});

test("every selector finds the collector's pod, and everything is in one namespace", () => {
  const { labels } = template.metadata;
  const selectors = [
    deployment.selector.matchLabels,
    specOf<{ selector: unknown }>("Service").selector,
    specOf<{ podSelector: { matchLabels: unknown } }>("NetworkPolicy").podSelector.matchLabels,
  ];
  expect(selectors).toEqual([labels, labels, labels]);
  const [namespace, ...others] = manifests;
  expect(namespace?.kind).toBe("Namespace");
  expect(new Set(others.map(({ metadata }) => metadata.namespace))).toEqual(new Set([namespace?.metadata.name]));
});

test("one collector at a time, that may do nothing in the cluster and little in its container", () => {
  expect([deployment.replicas, deployment.strategy]).toEqual([1, { type: "Recreate" }]);
  expect(manifests.map(({ kind }) => kind).filter((kind) => /Role|Binding/.test(kind))).toEqual([]);
  const { spec } = template;
  expect(spec.automountServiceAccountToken).toBe(false);
  expect(spec.serviceAccountName).toBe(manifests.find(({ kind }) => kind === "ServiceAccount")?.metadata.name);
  // What the Pod Security Standard "restricted" asks for.
  expect(spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
});

test("the image is of this version, and the pod waits for an end in order", () => {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { version: string };
  expect(container.image.split(":").at(-1)).toBe(version);
  expect(template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(stopWithinMs);
});
