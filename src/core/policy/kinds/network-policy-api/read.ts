import { allAddresses } from "../../../net/ip-set.ts";
import { anyL4, formatL4Set } from "../../../net/l4.ts";
import { quoted } from "../../../quoted.ts";
import type { Manifest, Path } from "../../manifest.ts";
import type { EgressPolicy, Finding, Rule, RuleAction, TierPlace } from "../../model.ts";
import { adminTier, baselineTier } from "../../tiers.ts";
import { readHeader, type ReadOptions } from "../header.ts";
import { field, type Fields, Inspection } from "../inspection.ts";
import { adminDialect, baselineDialect, clusterDialect, type Dialect, maxOvnPriority } from "./dialect.ts";
import { readPeer, type ReadPeer } from "./peer.ts";
import { readPorts, type ReadPorts } from "./ports.ts";
import { readSubject } from "./selectors.ts";

interface Reading {
  readonly policy?: EgressPolicy;
  readonly findings: readonly Finding[];
}

/** `policy.networking.k8s.io/v1alpha1`, asked before every policy of a namespace. Never throws, whatever the value. */
export function readAdminNetworkPolicy(manifest: Manifest, options: ReadOptions = {}): Reading {
  return readClusterPolicy(manifest, options, adminDialect);
}

/** `policy.networking.k8s.io/v1alpha1`, the one called `default`, asked where no policy of a namespace decides. */
export function readBaselineAdminNetworkPolicy(manifest: Manifest, options: ReadOptions = {}): Reading {
  return readClusterPolicy(manifest, options, baselineDialect);
}

/** `policy.networking.k8s.io/v1alpha2`, which says itself whether it is of the admin or of the baseline tier. */
export function readClusterNetworkPolicy(manifest: Manifest, options: ReadOptions = {}): Reading {
  return readClusterPolicy(manifest, options, clusterDialect);
}

/** Reads the egress half. A rule with several destinations becomes several rules with the same `written` index. */
function readClusterPolicy(manifest: Manifest, options: ReadOptions, dialect: Dialect): Reading {
  const { kind, specFields, maxRules } = dialect;
  const inspection = new Inspection(manifest);
  const object = inspection.fields(manifest.value, []);
  if (object === undefined) return { findings: inspection.findings };
  const { name, spec = {} } = readHeader(inspection, object, kind, options);
  inspection.unknownFields(spec, specFields, ["spec"]);
  if (kind === "BaselineAdminNetworkPolicy" && name !== "" && name !== "default") {
    inspection.report("banp_name", ["metadata", "name"], `the name is ${quoted(name)}`);
  }
  if (kind === "ClusterNetworkPolicy")
    inspection.report("cnp_not_on_ovn", [], "OVN-Kubernetes has no ClusterNetworkPolicy");
  const place = readPlace(inspection, spec, dialect);
  const subject = readSubject(inspection, spec, dialect);
  const egress = field(spec, "egress");
  const written = egress === undefined ? [] : (inspection.list(egress, ["spec", "egress"]) ?? []);
  if (written.length > maxRules) {
    const message = `${written.length} rules, and at most ${maxRules} are accepted`;
    inspection.report("anp_count", ["spec", "egress"], message);
  }
  const policy: EgressPolicy = {
    kind,
    namespace: "",
    name,
    podSelector: undefined,
    subject: subject ?? { namespaces: undefined, pods: undefined },
    place,
    isolates: written.length > 0,
    rules: written.flatMap((value, index) => readRule(inspection, value, index, dialect)),
    otherwise: "pass",
    at: inspection.at([]),
    ruleLocations: written.map((_, index) => inspection.at(["spec", "egress", index])),
    notApplied: inspection.notApplied,
  };
  return { policy, findings: inspection.findings };
}

function readPlace(inspection: Inspection, spec: Fields, { kind }: Dialect): TierPlace {
  if (kind === "BaselineAdminNetworkPolicy") return { ...baselineTier, order: 0 };
  const priority = readPriority(inspection, spec, kind);
  if (kind === "AdminNetworkPolicy") return { ...adminTier, order: priority };
  const value = field(spec, "tier");
  const tier = value === undefined ? undefined : inspection.text(value, ["spec", "tier"]);
  if (value === undefined) inspection.missing(["spec"], "tier");
  else if (tier !== undefined && tier !== "Admin" && tier !== "Baseline") {
    inspection.report("cnp_tier", ["spec", "tier"], `${quoted(tier)} is neither \`Admin\` nor \`Baseline\``);
  }
  return { ...(tier === "Baseline" ? baselineTier : adminTier), order: priority };
}

function readPriority(inspection: Inspection, spec: Fields, kind: Dialect["kind"]): number {
  const path: Path = ["spec", "priority"];
  const value = field(spec, "priority");
  if (value === undefined) {
    inspection.missing(["spec"], "priority");
    return 0;
  }
  const priority = inspection.integer(value, path);
  if (priority === undefined) return 0;
  if (priority < 0 || priority > 1000) {
    inspection.report("anp_priority", path, `priority ${priority} is not between 0 and 1000`);
  } else if (kind === "AdminNetworkPolicy" && priority > maxOvnPriority) {
    inspection.report("anp_priority_unsupported", path, `priority ${priority} is above ${maxOvnPriority}`);
  }
  return priority;
}

const everything: ReadPeer = { to: { kind: "addresses", addresses: allAddresses }, text: "everything" };

function readRule(inspection: Inspection, value: unknown, index: number, dialect: Dialect): readonly Rule[] {
  const path: Path = ["spec", "egress", index];
  const rule = inspection.fields(value ?? {}, path);
  if (rule === undefined) return [];
  const { portsField } = dialect;
  inspection.unknownFields(rule, ["name", "action", "to", portsField], path);
  readRuleName(inspection, rule, path);
  const action = readAction(inspection, field(rule, "action"), path, dialect);
  const ports = readPorts(inspection, field(rule, portsField), [...path, portsField], dialect);
  // Peers are read for what is wrong with them even where nothing can come of it.
  const { peers, isUnknown } = readPeers(inspection, rule, path, action ?? "deny", dialect);
  if (action === undefined || !fitNames(inspection, ports, peers, path)) return [];
  const said = { l4: ports.l4, written: index };
  // An unknown destination fails closed: nothing is allowed by it, and everything is denied where it would be passed on.
  if (isUnknown) {
    if (action === "allow") return [];
    return [{ action: "deny", to: everything.to, text: `Deny everything${portText(ports)}`, ...said }];
  }
  const word = Object.entries(dialect.actions).find(([, own]) => own === action)![0];
  return peers.map(({ to, text }) => ({ action, to, text: `${word} ${text}${portText(ports)}`, ...said }));
}

function readRuleName(inspection: Inspection, rule: Fields, path: Path): void {
  const value = field(rule, "name");
  const name = value === undefined ? undefined : inspection.text(value, [...path, "name"]);
  const { length } = Array.from(name ?? "");
  if (length > 100) {
    inspection.report("anp_rule_name", [...path, "name"], `the name has ${length} characters`);
  }
}

function readAction(inspection: Inspection, value: unknown, path: Path, { actions }: Dialect): RuleAction | undefined {
  if (value === undefined) {
    inspection.missing(path, "action");
    return undefined;
  }
  const text = inspection.text(value, [...path, "action"]);
  if (text === undefined) return undefined;
  if (Object.hasOwn(actions, text)) return actions[text];
  const words = Object.keys(actions);
  // The kinds have two words for one thing.
  const lower = text.toLowerCase().replace(/^accept$/, "allow");
  const meant = words.find((word) => word.toLowerCase().replace(/^accept$/, "allow") === lower);
  const fix = meant === undefined ? {} : { fix: `write \`${meant}\`` };
  const message = `${quoted(text)} is none of ${words.map(quoted).join(", ")}`;
  inspection.report("anp_action", [...path, "action"], message, fix);
  return undefined;
}

function readPeers(
  inspection: Inspection,
  rule: Fields,
  path: Path,
  action: RuleAction,
  dialect: Dialect,
): { readonly peers: readonly ReadPeer[]; readonly isUnknown: boolean } {
  const at = [...path, "to"];
  const value = field(rule, "to");
  if (value === undefined) inspection.missing(path, "to");
  const list = value === undefined ? [] : (inspection.list(value, at) ?? []);
  if (value !== undefined && list.length === 0) inspection.report("anp_count", at, "the list is empty");
  if (list.length > dialect.maxPeers) {
    inspection.report("anp_count", at, `${list.length} destinations, and at most ${dialect.maxPeers} are accepted`);
  }
  const read = list.map((peer, i) => readPeer(inspection, peer, [...at, i], action, dialect));
  return {
    peers: read.flatMap((peer) => (peer === undefined || peer === "unknown" ? [] : peer)),
    isUnknown: read.includes("unknown"),
  };
}

/** Only pods have names for ports; beside other destinations the API server refuses them. */
function fitNames(inspection: Inspection, ports: ReadPorts, peers: readonly ReadPeer[], path: Path): boolean {
  if (!ports.hasNames || peers.every(({ to }) => to.kind === "pods")) return true;
  inspection.report("anp_named_port_mixed", path, "a port name stands beside destinations that are not pods");
  return false;
}

function portText({ l4, hasNames }: ReadPorts): string {
  if (l4 === anyL4) return "";
  return hasNames ? " on named ports" : ` ${formatL4Set(l4)}`;
}
