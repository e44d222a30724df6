import { type IpSet, ipSetOfAll } from "../../../net/ip-set.ts";
import type { NamePattern } from "../../../net/name-pattern.ts";
import { quoted } from "../../../quoted.ts";
import { type Manifest, ownField } from "../../manifest.ts";
import type { Finding } from "../../model.ts";
import { field, type Fields, Inspection } from "../inspection.ts";
import { readDomains, readNets } from "./addresses.ts";

/** What policies point to by name or label, and other objects hold. */
export interface CalicoContext {
  readonly tiers: ReadonlyMap<string, CalicoTier>;
  readonly sets: readonly CalicoNetworkSet[];
}

export interface CalicoTier {
  /** Lower is asked first; infinite where it is not written. */
  readonly order: number;
  /** For pods that a policy of the tier selects, where no rule decides. */
  readonly otherwise: "deny" | "pass";
}

export interface CalicoNetworkSet {
  /** Empty for a GlobalNetworkSet. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: IpSet;
  /** `allowedEgressDomains` of Calico Enterprise. */
  readonly names: readonly NamePattern[];
}

/** Tiers that every installation has; their numbers and actions are fixed. */
const ownTiers: readonly (readonly [string, CalicoTier])[] = [
  ["kube-admin", { order: 1_000, otherwise: "pass" }],
  ["default", { order: 1_000_000, otherwise: "deny" }],
  ["kube-baseline", { order: 10_000_000, otherwise: "pass" }],
];

export const emptyCalicoContext: CalicoContext = { tiers: new Map(ownTiers), sets: [] };

type ContextKind = "Tier" | "GlobalNetworkSet" | "NetworkSet";
const contextKinds: readonly string[] = ["Tier", "GlobalNetworkSet", "NetworkSet"] satisfies ContextKind[];

/** Whether an object is one that policies of Calico point to. */
export function contextKindOf(value: unknown): ContextKind | undefined {
  const apiVersion = ownField(value, "apiVersion");
  const kind = ownField(value, "kind");
  const isOfCalico = typeof apiVersion === "string" && /^(crd\.)?projectcalico\.org\//.test(apiVersion);
  return isOfCalico && typeof kind === "string" && contextKinds.includes(kind) ? (kind as ContextKind) : undefined;
}

/** Reads the tiers and network sets among the manifests; everything else is passed over. Of two of one name the last stays. */
export function readCalicoContext(manifests: readonly Manifest[]): {
  readonly context: CalicoContext;
  readonly findings: readonly Finding[];
} {
  const tiers = new Map(ownTiers);
  const sets = new Map<string, CalicoNetworkSet>();
  const findings: Finding[] = [];
  for (const manifest of manifests) {
    const kind = contextKindOf(manifest.value);
    if (kind === undefined) continue;
    const inspection = new Inspection(manifest);
    const object = inspection.fields(manifest.value, []);
    if (object !== undefined && kind === "Tier") readTier(inspection, object, tiers);
    if (object !== undefined && kind !== "Tier") {
      const set = readSet(inspection, object, kind);
      sets.set(`${set.namespace}/${set.name}`, set);
    }
    findings.push(...inspection.findings);
  }
  return { context: { tiers, sets: [...sets.values()] }, findings };
}

function readTier(inspection: Inspection, object: Fields, tiers: Map<string, CalicoTier>): void {
  const { name } = metadataOf(inspection, object);
  const spec = specOf(inspection, object);
  inspection.unknownFields(spec, ["order", "defaultAction"], ["spec"]);
  const written = field(spec, "order");
  const order = written === undefined ? Infinity : (number(inspection, written, ["spec", "order"]) ?? Infinity);
  const action = field(spec, "defaultAction") ?? "Deny";
  if (action !== "Deny" && action !== "Pass") {
    const message = `\`defaultAction\` ${quoted(action)} is neither \`Deny\` nor \`Pass\``;
    inspection.report("calico_tier", ["spec", "defaultAction"], message);
  }
  const tier: CalicoTier = { order, otherwise: action === "Pass" ? "pass" : "deny" };
  const fixed = ownTiers.find(([own]) => own === name)?.[1];
  if (fixed !== undefined && (fixed.order !== tier.order || fixed.otherwise !== tier.otherwise)) {
    const message = `the tier \`${name}\` has order ${fixed.order} and action ${fixed.otherwise === "pass" ? "Pass" : "Deny"}`;
    inspection.report("calico_tier", ["spec"], message);
    return;
  }
  if (inspection.notApplied === undefined) tiers.set(name, tier);
}

export function number(inspection: Inspection, value: unknown, path: readonly (string | number)[]): number | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  inspection.report("object_shape", path, `\`order\` must be a number, not ${quoted(value)}`);
  return undefined;
}

function readSet(inspection: Inspection, object: Fields, kind: ContextKind): CalicoNetworkSet {
  const { name, namespace, labels } = metadataOf(inspection, object);
  if (kind === "NetworkSet" && namespace === "") {
    inspection.report("object_namespace_missing", ["metadata"], "the object does not say its namespace");
  }
  const spec = specOf(inspection, object);
  const isEnterprise = field(spec, "allowedEgressDomains") !== undefined;
  const known = isEnterprise ? ["nets", "allowedEgressDomains"] : ["nets"];
  inspection.unknownFields(spec, known, ["spec"]);
  const nets = field(spec, "nets");
  const addresses = nets === undefined ? [] : readNets(inspection, nets, ["spec", "nets"], undefined);
  const path = ["spec", "allowedEgressDomains"];
  const names = isEnterprise ? readDomains(inspection, field(spec, "allowedEgressDomains"), path).patterns : [];
  return { namespace: kind === "NetworkSet" ? namespace : "", name, labels, addresses: ipSetOfAll(addresses), names };
}

function specOf(inspection: Inspection, object: Fields): Fields {
  inspection.unknownFields(object, ["apiVersion", "kind", "metadata", "spec", "status"], []);
  const spec = field(object, "spec");
  if (spec === undefined) inspection.missing([], "spec");
  return spec === undefined ? {} : (inspection.fields(spec, ["spec"]) ?? {});
}

function metadataOf(
  inspection: Inspection,
  object: Fields,
): { readonly name: string; readonly namespace: string; readonly labels: Readonly<Record<string, string>> } {
  const metadata = inspection.fields(field(object, "metadata") ?? {}, ["metadata"]) ?? {};
  const text = (key: string): string => {
    const value = field(metadata, key);
    return value === undefined ? "" : (inspection.text(value, ["metadata", key]) ?? "");
  };
  const written = field(metadata, "labels");
  const entries = written === undefined ? {} : (inspection.fields(written, ["metadata", "labels"]) ?? {});
  const labels = Object.entries(entries).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const name = text("name");
  if (name === "") inspection.report("object_name", ["metadata"], "the object has no name");
  return { name, namespace: text("namespace"), labels: Object.fromEntries(labels) };
}
