import { quoted } from "../../../quoted.ts";
import { labelSelector, selects } from "../../label-selector.ts";
import type { Manifest, Path } from "../../manifest.ts";
import type { EgressPolicy, Finding, LabelSelector, PolicySubject } from "../../model.ts";
import { ciliumNamespacePrefix } from "../../subject.ts";
import { readHeader, type ReadOptions } from "../header.ts";
import { field, type Fields, Inspection } from "../inspection.ts";
import { readLabelSelector } from "../selector.ts";
import { endpointSelectorOf, isCiliumLabelKey } from "./labels.ts";
import { checkNames, listOf, readRules, type ReadRules } from "./rules.ts";

export interface ReadCiliumPolicy {
  /** Of `spec`, or else of the first entry of `specs`. */
  readonly policy?: EgressPolicy;
  /** Of the further entries of `specs`, each named after its place: `web/specs[1]`. */
  readonly others?: readonly EgressPolicy[];
  readonly findings: readonly Finding[];
}

type CiliumKind = "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy";

/**
 * Reads the egress half of a policy of Cilium as its CRD and the checks of its agents (pkg/policy/api/rule_validation.go)
 * would. Rules with several destinations become several with the same `written` index; `egressDeny` counts before
 * `egress`. Never throws, whatever the value.
 */
export function readCiliumNetworkPolicy(manifest: Manifest, options: ReadOptions = {}): ReadCiliumPolicy {
  return readCilium("CiliumNetworkPolicy", manifest, options);
}

export function readCiliumClusterwideNetworkPolicy(manifest: Manifest, options: ReadOptions = {}): ReadCiliumPolicy {
  return readCilium("CiliumClusterwideNetworkPolicy", manifest, options);
}

function readCilium(kind: CiliumKind, manifest: Manifest, options: ReadOptions): ReadCiliumPolicy {
  const inspection = new Inspection(manifest);
  const object = inspection.fields(manifest.value, []);
  if (object === undefined) return { findings: inspection.findings };
  const { namespace, name, spec } = readHeader(inspection, object, kind, options);
  const entries = listOf(inspection, object, "specs", []).flatMap((value, i) => {
    const path = ["specs", i];
    const fields = inspection.fields(value, path);
    return fields === undefined ? [] : [{ fields, path, suffix: `/specs[${i}]` }];
  });
  const written = spec === undefined ? entries : [{ fields: spec, path: ["spec"], suffix: "" }, ...entries];
  const read = written.map(({ fields, path, suffix }) => ({
    ...readSpec(inspection, fields, path, kind, namespace),
    name: `${name}${suffix}`,
    at: inspection.at(suffix === "" ? [] : path),
  }));
  checkNames(
    inspection,
    read.map(({ rules }) => rules),
  );
  // An object is applied as a whole or not at all.
  const policies = read.map(({ name: own, at, rules, ...rest }, i): EgressPolicy => ({
    kind,
    namespace,
    name: i === 0 ? name : own,
    ...rest,
    rules: rules.rules,
    ruleLocations: rules.ruleLocations,
    at,
    notApplied: inspection.notApplied,
  }));
  const [policy, ...others] = policies;
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(others.length === 0 ? {} : { others }),
    findings: inspection.findings,
  };
}

const specFields = [
  "endpointSelector",
  "nodeSelector",
  "ingress",
  "ingressDeny",
  "egress",
  "egressDeny",
  "enableDefaultDeny",
  "labels",
  "description",
  "log",
];
const sections = ["ingress", "ingressDeny", "egress", "egressDeny"];

interface ReadSpec {
  readonly podSelector: LabelSelector | undefined;
  readonly subject?: PolicySubject;
  /** Whether the object says anything about egress, and what becomes of what no rule matches. */
  readonly isolates: boolean;
  readonly otherwise: "deny" | "pass";
  readonly rules: ReadRules;
}

function readSpec(inspection: Inspection, spec: Fields, path: Path, kind: CiliumKind, namespace: string): ReadSpec {
  inspection.unknownFields(spec, specFields, path);
  if (sections.every((name) => field(spec, name) === undefined)) {
    inspection.report("cilium_section_missing", path, "there is neither ingress nor egress");
  }
  const isClusterWide = kind === "CiliumClusterwideNetworkPolicy";
  const rules = readRules(inspection, spec, path, isClusterWide);
  const isDefaultDeny = readDefaultDeny(inspection, spec, path);
  if (field(spec, "nodeSelector") !== undefined) {
    const at = [...path, "nodeSelector"];
    const isBoth = field(spec, "endpointSelector") !== undefined;
    if (isBoth) {
      inspection.report("cilium_selector_count", path, "there are both `endpointSelector` and `nodeSelector`");
    } else if (isClusterWide) inspection.report("cilium_host_policy", at, "`nodeSelector` selects nodes");
    else inspection.report("cilium_node_selector", at, "a policy of a namespace has a `nodeSelector`");
    readLabelSelector(inspection, field(spec, "nodeSelector"), at, "cilium_selector", isCiliumLabelKey);
    const nothing = { ...rules, rules: [], ruleLocations: [] };
    // What is refused may be there as it was before, for pods.
    const mayIsolate = isDefaultDeny && (isBoth || !isClusterWide);
    return { podSelector: undefined, isolates: mayIsolate, otherwise: mayIsolate ? "deny" : "pass", rules: nothing };
  }
  return {
    ...readSubject(inspection, spec, path, isClusterWide, namespace),
    // Without a default deny the rules still count: denies deny, and allows add to what isolates the pods.
    isolates: isDefaultDeny || rules.rules.length > 0,
    otherwise: isDefaultDeny ? "deny" : "pass",
    rules,
  };
}

/** Whether the selected pods are denied what nothing allows. An empty section counts as none. */
function readDefaultDeny(inspection: Inspection, spec: Fields, path: Path): boolean {
  const allows = listOf(inspection, spec, "egress", path).length;
  const denies = listOf(inspection, spec, "egressDeny", path).length;
  const written = field(spec, "enableDefaultDeny");
  const fields = written === undefined ? {} : (inspection.fields(written, [...path, "enableDefaultDeny"]) ?? {});
  inspection.unknownFields(fields, ["egress", "ingress"], [...path, "enableDefaultDeny"]);
  const said = field(fields, "egress");
  if (typeof said === "boolean") return said;
  if (said !== undefined) {
    const message = `\`egress\` must be \`true\` or \`false\`, not ${quoted(said)}`;
    inspection.report("object_shape", [...path, "enableDefaultDeny", "egress"], message);
  }
  if (allows + denies === 0 && field(spec, "egress") !== undefined) {
    inspection.report("cilium_egress_empty", [...path, "egress"], "`egress` is empty, so egress is not denied");
  }
  if (allows === 0 && denies > 0) {
    const message = "there are only denies, and everything else is denied as well";
    inspection.report("cilium_deny_only", [...path, "egressDeny"], message);
  }
  return allows + denies > 0;
}

function readSubject(
  inspection: Inspection,
  spec: Fields,
  path: Path,
  isClusterWide: boolean,
  namespace: string,
): Pick<ReadSpec, "podSelector" | "subject"> {
  const at = [...path, "endpointSelector"];
  const value = field(spec, "endpointSelector");
  if (value === undefined) {
    inspection.report("cilium_selector_count", path, "there is no `endpointSelector`");
    return { podSelector: undefined };
  }
  const selector = readLabelSelector(inspection, value, at, "cilium_selector", isCiliumLabelKey) ?? {
    requirements: [],
  };
  const { namespaces, pods, reserved, notRecorded, besides, named } = endpointSelectorOf(selector);
  const keys = [...notRecorded, ...reserved.map((each) => `reserved:${each}`)];
  if (keys.length > 0) inspection.report("cilium_label_not_recorded", at, `${quoted(keys[0])} is not in any record`);
  if (isClusterWide) {
    const own = besides.filter(({ key }) => !key.startsWith(ciliumNamespacePrefix));
    return { podSelector: undefined, subject: { namespaces, pods: podsWith([...pods.requirements, ...own]) } };
  }
  if (namespace !== "" && !selects(named, { "kubernetes.io/metadata.name": namespace })) {
    inspection.report(
      "cilium_namespace_ignored",
      at,
      `the selector is for a namespace other than ${quoted(namespace)}`,
    );
  }
  return { podSelector: podsWith([...pods.requirements, ...besides]) };
}

function podsWith(requirements: LabelSelector["requirements"]): LabelSelector | undefined {
  return requirements.length === 0 ? undefined : labelSelector(requirements);
}
