import { quoted } from "../../quoted.ts";
import type { FindingCode } from "../findings/catalogue.ts";
import { kindOf, ownField, type Path } from "../manifest.ts";
import type { PolicyKind } from "../model.ts";
import type { CalicoContext } from "./calico/context.ts";
import { field, type Fields, type Inspection } from "./inspection.ts";

/** What the reader may take for granted about the cluster. */
export interface ReadOptions {
  /** The DNSNameResolver feature gate (Technology Preview): wildcard names in an EgressFirewall. Default: off. */
  readonly dnsNameResolver?: boolean;
  /** Where objects that do not say their namespace go; without it they are reported. */
  readonly namespace?: string;
  /** The tiers and network sets that policies of Calico point to. Default: those every cluster has. */
  readonly calico?: CalicoContext;
}

export interface Header {
  readonly namespace: string;
  readonly name: string;
  readonly spec: Fields | undefined;
}

const metadataFields = [
  "name",
  "namespace",
  "labels",
  "annotations",
  "generateName",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "finalizers",
  "ownerReferences",
  "managedFields",
  "selfLink",
  "clusterName",
];

export const policyApiVersions = {
  EgressFirewall: "k8s.ovn.org/v1",
  EgressNetworkPolicy: "network.openshift.io/v1",
  NetworkPolicy: "networking.k8s.io/v1",
  AdminNetworkPolicy: "policy.networking.k8s.io/v1alpha1",
  BaselineAdminNetworkPolicy: "policy.networking.k8s.io/v1alpha1",
  ClusterNetworkPolicy: "policy.networking.k8s.io/v1alpha2",
  CiliumNetworkPolicy: "cilium.io/v2",
  CiliumClusterwideNetworkPolicy: "cilium.io/v2",
  CalicoNetworkPolicy: "projectcalico.org/v3",
  CalicoGlobalNetworkPolicy: "projectcalico.org/v3",
} as const satisfies Record<PolicyKind, string>;

/** What manifests call a kind, where its word here is another; and the older forms in which it is stored. */
const manifestKinds: Partial<Record<PolicyKind, string>> = {
  CalicoNetworkPolicy: "NetworkPolicy",
  CalicoGlobalNetworkPolicy: "GlobalNetworkPolicy",
};
const storedApiVersions: Partial<Record<PolicyKind, string>> = {
  CalicoNetworkPolicy: "crd.projectcalico.org/v1",
  CalicoGlobalNetworkPolicy: "crd.projectcalico.org/v1",
};

/** Kinds without a namespace. */
export const clusterWideKinds: readonly PolicyKind[] = [
  "AdminNetworkPolicy",
  "BaselineAdminNetworkPolicy",
  "ClusterNetworkPolicy",
  "CiliumClusterwideNetworkPolicy",
  "CalicoGlobalNetworkPolicy",
];

export function manifestKindOf(kind: PolicyKind): string {
  return manifestKinds[kind] ?? kind;
}

/** Type, name and namespace of the object, and its `spec` when it is one. */
export function readHeader(inspection: Inspection, object: Fields, kind: PolicyKind, options: ReadOptions): Header {
  const specs = kind === "CiliumNetworkPolicy" || kind === "CiliumClusterwideNetworkPolicy" ? ["specs"] : [];
  inspection.unknownFields(object, ["apiVersion", "kind", "metadata", "spec", ...specs, "status"], []);
  const expected = policyApiVersions[kind];
  const expectedKind = manifestKindOf(kind);
  const said = kindOf(object);
  const isServed = said?.apiVersion === expected || said?.apiVersion === (storedApiVersions[kind] ?? expected);
  if (!isServed || said?.kind !== expectedKind) {
    const wrong = said?.kind === expectedKind || said === undefined ? "apiVersion" : "kind";
    inspection.report(
      "object_api_version",
      [wrong],
      `\`${expectedKind}\` is served as \`${expected}\`, not as ${quoted(ownField(object, wrong) ?? "nothing")}`,
      { fix: wrong === "kind" ? `write \`kind: ${expectedKind}\`` : `write \`apiVersion: ${expected}\`` },
    );
  }
  const { namespace, name } = readMetadata(inspection, field(object, "metadata"), kind, options);
  const spec = field(object, "spec");
  const isElsewhere = specs.some((key) => field(object, key) !== undefined);
  if (spec === undefined && !isElsewhere) inspection.missing([], "spec");
  return { namespace, name, spec: spec === undefined ? undefined : inspection.fields(spec, ["spec"]) };
}

function readMetadata(
  inspection: Inspection,
  value: unknown,
  kind: PolicyKind,
  options: ReadOptions,
): { readonly namespace: string; readonly name: string } {
  const path = ["metadata"];
  const metadata = value === undefined ? {} : (inspection.fields(value, path) ?? {});
  inspection.unknownFields(metadata, metadataFields, path);
  const has = (key: string): boolean => field(metadata, key) !== undefined;
  const text = (key: string): string =>
    (has(key) ? inspection.text(field(metadata, key), [...path, key]) : undefined) ?? "";
  readTextMap(inspection, metadata, "labels");
  readTextMap(inspection, metadata, "annotations");

  const name = text("name");
  const fault = (code: FindingCode, at: Path, message: string): void => inspection.report(code, at, message);
  if (kind === "EgressFirewall") {
    if (name !== "default") {
      fault("ef_name", has("name") ? [...path, "name"] : path, has("name") ? `the name is ${quoted(name)}` : "no name");
    }
  } else if (!has("name")) {
    if (!has("generateName")) fault("object_name", path, "the object has no name");
  } else if (!isDnsSubdomain(name)) {
    fault("object_name", [...path, "name"], `${quoted(name)} is not a DNS subdomain`);
  }

  if (clusterWideKinds.includes(kind)) {
    if (text("namespace") !== "") {
      fault("object_namespace_ignored", [...path, "namespace"], `${quoted(kind)} is a kind of the whole cluster`);
    }
    return { namespace: "", name };
  }
  const namespace = text("namespace") || (options.namespace ?? "");
  if (namespace === "") {
    fault("object_namespace_missing", path, "the object does not say its namespace");
  } else if (!isDnsLabel(namespace)) {
    fault("object_namespace", [...path, "namespace"], `${quoted(namespace)} is not a namespace name`);
  } else if (namespace.length > 58 && kind === "EgressFirewall") {
    const message = `the namespace has ${namespace.length} characters`;
    fault("object_namespace_long", [...path, "namespace"], message);
  }
  return { namespace, name };
}

function readTextMap(inspection: Inspection, metadata: Fields, key: "labels" | "annotations"): void {
  const value = field(metadata, key);
  if (value === undefined) return;
  const entries = inspection.fields(value, ["metadata", key]);
  for (const [name, text] of Object.entries(entries ?? {})) {
    if (text !== null) inspection.text(text, ["metadata", key, name]);
  }
}

export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text);
}

export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && text.split(".").every((label) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(label));
}
