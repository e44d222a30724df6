import { anyPolicy, type Decider } from "../../../core/policy/decider.ts";

/** OVN-Kubernetes crops the names of its ACLs here. */
const croppedAt = 63;

/** The parts of one audit-log line, as text: these logs are short, so clear code wins over fast code. */
export interface AclLine {
  /** As RFC 3339 text; undefined when the line has none of its own. */
  readonly time: string | undefined;
  readonly name: string;
  readonly verdict: string;
  readonly direction: string | undefined;
  readonly protocol: string;
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Reads `<time>|<serial>|acl_log(…)|INFO|name="…", verdict=…, severity=…, direction=…: <flow>`, with or without a syslog
 * header before it; or, as OVN's own RFC 5424 pattern writes it, `acl_log - name="…", …` with the module as the message's
 * type. The head is split at its bars only: TCP flags use the same sign.
 * @see OVN lib/acl-log.c; ovs-appctl(8), patterns of log messages
 */
export function parseAclLine(text: string): AclLine | undefined {
  const match =
    /(?:(\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)\|\d+\|)?acl_log(?:(?:\([^)|]*\))?\|[A-Z]+\|| (?:-|\[[^\]]*\]) \uFEFF?)name=("(?:[^"]*)"|[^,]*), verdict=(\w+), severity=\w+(?:, direction=([\w-]+))?: (.*)$/.exec(
      text.trimEnd(),
    );
  if (match === null) return undefined;
  const [, time, quoted = "", verdict = "", direction, flow = ""] = match;
  const [protocol = "", ...pairs] = flow.split(",");
  const fields = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    // A field that comes twice is of another line: two were written into each other.
    if (fields.has(pair.slice(0, equals))) return undefined;
    if (equals > 0) fields.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  const name = quoted.startsWith('"') ? quoted.slice(1, -1) : quoted;
  return { time, name: name === "<unnamed>" ? "" : name, verdict, direction, protocol, fields };
}

export interface AclName {
  readonly namespace: string | undefined;
  readonly side: "egress" | "ingress" | "unknown";
}

/**
 * What the ACL's name tells. An egress firewall logs `direction=to-lport` although it judges egress, so its prefix
 * decides; elsewhere the name says Egress or Ingress, unless it was cropped, and then the direction does.
 * @see OVN-Kubernetes libovsdb/util/acl.go
 */
export function readAclName({ name, direction }: Pick<AclLine, "name" | "direction">): AclName {
  const old = /^egressFirewall_(.+)_\d+$/.exec(name);
  if (old !== null) return { namespace: old[1], side: "egress" };
  const parts = name.split(":");
  if (parts[0] === "EF") return { namespace: parts[1], side: "egress" };
  const isNamespaced = parts[0] === "NP";
  const isKnown = isNamespaced || parts[0] === "ANP" || parts[0] === "BANP";
  const said = isKnown ? parts.findLast((part) => part === "Egress" || part === "Ingress") : undefined;
  const fromDirection = direction === "from-lport" ? "egress" : direction === "to-lport" ? "ingress" : "unknown";
  const side = said === "Egress" ? "egress" : said === "Ingress" ? "ingress" : fromDirection;
  return { namespace: isNamespaced ? parts[1] : undefined, side };
}

/**
 * The rule whose ACL has this name; undefined for other ACLs, and for names that were cropped inside the policy's. Of
 * one cropped behind it the rule is not believed: `#1` may be what is left of `#12`.
 * @see OVN-Kubernetes libovsdb/util/acl.go
 */
export function deciderOfAcl(name: string): Decider | undefined {
  const old = /^egressFirewall_(.+)_\d+$/.exec(name);
  if (old !== null) return { kind: "EgressFirewall", namespace: old[1]!, name: "default", rule: undefined };
  const [prefix, first = "", ...rest] = name.split(":");
  const [direction, index] = prefix === "NP" ? rest.slice(-2) : rest;
  const rule = (digits = ""): number | undefined =>
    /^\d{1,5}$/.test(digits) && name.length < croppedAt ? Number(digits) : undefined;
  if (prefix === "EF" && rest.length === 1) {
    return { kind: "EgressFirewall", namespace: first, name: "default", rule: rule(rest[0]) };
  }
  if (prefix === "NP" && rest.length === 1 && rest[0] === "Egress") {
    return { kind: "NetworkPolicy", namespace: first, name: anyPolicy, rule: undefined };
  }
  if (direction !== "Egress") return undefined;
  if (prefix === "NP" && rest.length === 3) {
    return { kind: "NetworkPolicy", namespace: first, name: rest[0]!, rule: rule(index) };
  }
  const kind = prefix === "ANP" ? "AdminNetworkPolicy" : prefix === "BANP" ? "BaselineAdminNetworkPolicy" : undefined;
  return kind === undefined ? undefined : { kind, namespace: "", name: first, rule: rule(index) };
}
