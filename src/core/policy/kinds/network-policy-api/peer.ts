import { type Cidr, cidrAround, formatCidr, ipSetOf, parseCidr } from "../../../net/ip-set.ts";
import { parseIp } from "../../../net/ip.ts";
import { formatNamePattern, namePattern } from "../../../net/name-pattern.ts";
import { quoted } from "../../../quoted.ts";
import { formatLabelSelector, isEverything } from "../../label-selector.ts";
import type { Path } from "../../manifest.ts";
import type { Destination, LabelSelector, RuleAction } from "../../model.ts";
import { field, type Inspection } from "../inspection.ts";
import { readLabelSelector } from "../selector.ts";
import { type Dialect, maxPeerValues } from "./dialect.ts";
import { readPods } from "./selectors.ts";

export interface ReadPeer {
  readonly to: Destination;
  readonly text: string;
}

/** `unknown`: a kind of peer that this API does not have; undefined: one that cannot be read. */
export type PeerReading = readonly ReadPeer[] | "unknown" | undefined;

const known = ["namespaces", "pods", "networks", "nodes", "domainNames"] as const;

/** One entry of `to`; several destinations where it lists blocks or names. */
export function readPeer(
  inspection: Inspection,
  value: unknown,
  path: Path,
  action: RuleAction,
  dialect: Dialect,
): PeerReading {
  const peer = inspection.fields(value ?? {}, path);
  if (peer === undefined) return undefined;
  const unknown = Object.keys(peer).filter((name) => !(known as readonly string[]).includes(name));
  const set = known.filter((name) => field(peer, name) !== undefined);
  for (const name of unknown)
    inspection.report("anp_peer_unknown", [...path, name], `${quoted(name)} is no destination`);
  if (set.length === 0 && unknown.length > 0) return "unknown";
  if (set.length !== 1) {
    const message = set.length === 0 ? "the destination is empty" : `${set.map(quoted).join(" and ")} stand together`;
    inspection.report("anp_peer_count", path, message);
    return undefined;
  }
  const name = set[0]!;
  const at = [...path, name];
  const written = field(peer, name);
  switch (name) {
    case "namespaces": {
      const namespaces = readLabelSelector(inspection, written, at, "anp_selector");
      if (namespaces === undefined) return undefined;
      return [{ to: { kind: "pods", namespaces, pods: undefined }, text: `pods ${whereText(namespaces)}` }];
    }
    case "pods": {
      const read = readPods(inspection, written, at, dialect);
      if (read === undefined) return undefined;
      const which = isEverything(read.pods) ? "pods" : `pods ${formatLabelSelector(read.pods)}`;
      return [{ to: { kind: "pods", ...read }, text: `${which} ${whereText(read.namespaces)}` }];
    }
    case "nodes": {
      const selector = readLabelSelector(inspection, written, at, "anp_selector");
      if (selector === undefined) return undefined;
      return [{ to: { kind: "nodes", selector }, text: `nodes ${formatLabelSelector(selector)}` }];
    }
    case "networks":
      return readNetworks(inspection, written, at);
    case "domainNames":
      return readNames(inspection, written, at, action, dialect);
    default:
      return name satisfies never;
  }
}

function whereText(namespaces: LabelSelector): string {
  return isEverything(namespaces) ? "of all namespaces" : `of namespaces ${formatLabelSelector(namespaces)}`;
}

/** A list of distinct texts, 1 to {@link maxPeerValues} of them. */
function readTexts(inspection: Inspection, value: unknown, path: Path): readonly (string | undefined)[] | undefined {
  const list = inspection.list(value, path);
  if (list === undefined) return undefined;
  if (list.length === 0) inspection.report("anp_count", path, "the list is empty");
  if (list.length > maxPeerValues) {
    inspection.report("anp_count", path, `${list.length} entries, and at most ${maxPeerValues} are accepted`);
  }
  const seen = new Set<string>();
  return list.map((item, i) => {
    const text = inspection.text(item, [...path, i]);
    if (text === undefined) return undefined;
    if (seen.has(text)) inspection.report("anp_listed_twice", [...path, i], `${quoted(text)} is listed twice`);
    seen.add(text);
    return text;
  });
}

function readNetworks(inspection: Inspection, value: unknown, path: Path): PeerReading {
  const texts = readTexts(inspection, value, path);
  return texts?.flatMap((text, i): readonly ReadPeer[] => {
    const cidr = text === undefined ? undefined : readCidr(inspection, text, [...path, i]);
    if (cidr === undefined) return [];
    return [{ to: { kind: "addresses", addresses: ipSetOf(cidr) }, text: formatCidr(cidr) }];
  });
}

function readCidr(inspection: Inspection, text: string, path: Path): Cidr | undefined {
  const parsed = parseCidr(text);
  const isMixed = text.includes(":") && text.includes(".");
  if (parsed.ok && !isMixed) return parsed.value;
  if (!parsed.ok && parsed.error.code === "cidr_host_bits" && !isMixed) {
    const { cidr } = parsed.error;
    const fix = { fix: `write \`${formatCidr(cidr)}\`` };
    inspection.report("anp_cidr_host_bits", path, `${quoted(text)} has host bits set`, fix);
    return cidr;
  }
  const bare = parseIp(text);
  const fix = bare.ok
    ? { fix: `write \`${formatCidr(cidrAround(bare.value, bare.value.family === 4 ? 32 : 128))}\`` }
    : {};
  inspection.report("anp_cidr", path, `${quoted(text)} is not a CIDR block`, fix);
  return undefined;
}

/** `^(\*\.)?([a-zA-z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+…\.?$`; the class `A-z` also takes `[ \ ] ^ _` and a backquote. */
const domainName = /^(\*\.)?([a-zA-z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+[a-zA-z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.?$/;

function readNames(
  inspection: Inspection,
  value: unknown,
  path: Path,
  action: RuleAction,
  { kind }: Dialect,
): PeerReading {
  if (kind === "BaselineAdminNetworkPolicy") {
    inspection.report("anp_peer_unknown", path, "a BaselineAdminNetworkPolicy has no `domainNames`");
    return "unknown";
  }
  const isCluster = kind === "ClusterNetworkPolicy";
  inspection.report(
    "anp_domain_names",
    path,
    isCluster ? "`domainNames` is experimental" : "`domainNames` is not in the API that OpenShift ships",
  );
  if (action !== "allow") {
    inspection.report("anp_domain_action", path, "`domainNames` can only be allowed");
    return undefined;
  }
  const texts = readTexts(inspection, value, path);
  return texts?.flatMap((text, i): readonly ReadPeer[] => {
    if (text === undefined) return [];
    if (text.length > 300 || !domainName.test(text)) {
      inspection.report("anp_domain_name", [...path, i], `${quoted(text)} is not a domain name`);
      return [];
    }
    const pattern = namePattern(text, "subdomains");
    return [{ to: { kind: "name", pattern }, text: formatNamePattern(pattern) }];
  });
}
