import { allAddresses, cidrAround, formatCidr, ipSetOf } from "../../../net/ip-set.ts";
import { parseIp } from "../../../net/ip.ts";
import { anyL4 } from "../../../net/l4.ts";
import { formatNamePattern, namePattern } from "../../../net/name-pattern.ts";
import { quoted } from "../../../quoted.ts";
import type { Manifest, Path } from "../../manifest.ts";
import type { Action, Destination, EgressPolicy, Finding, Rule } from "../../model.ts";
import { fitDnsName } from "../dns-name.ts";
import { firewallPolicy, readAction, readEgressList } from "../firewall-object.ts";
import { readHeader, type ReadOptions } from "../header.ts";
import { field, Inspection } from "../inspection.ts";

const documentedRules = 1000;

/**
 * Reads a `network.openshift.io/v1` EgressNetworkPolicy as the API server and then OpenShift SDN would (ovscontroller.go).
 * It is a matter of IPv4 alone: SDN has no IPv6. Never throws, whatever the value.
 */
export function readEgressNetworkPolicy(
  manifest: Manifest,
  options: ReadOptions = {},
): { readonly policy?: EgressPolicy; readonly findings: readonly Finding[] } {
  const inspection = new Inspection(manifest);
  const object = inspection.fields(manifest.value, []);
  if (object === undefined) return { findings: inspection.findings };
  const header = readHeader(inspection, object, "EgressNetworkPolicy", options);
  inspection.report("enp_kind_removed", ["kind"], "EgressNetworkPolicy is the kind of OpenShift SDN, which is gone");
  if (header.namespace === "default") {
    const message = "the namespace `default` cannot have an EgressNetworkPolicy";
    inspection.report("enp_global_namespace", ["metadata", "namespace"], message);
  }
  const written = readEgressList(inspection, header.spec);
  if (written.length > documentedRules) {
    inspection.report("enp_rules_many", ["spec", "egress"], `${written.length} rules`);
  }
  const rules = written.flatMap((value, index) => readRule(inspection, value, index) ?? []);
  const policy = firewallPolicy("EgressNetworkPolicy", header, rules, written, inspection);
  return { policy, findings: inspection.findings };
}

function readRule(inspection: Inspection, value: unknown, index: number): Rule | undefined {
  const path = ["spec", "egress", index];
  const rule = inspection.fields(value, path);
  if (rule === undefined) return undefined;
  for (const name of Object.keys(rule)) {
    if (name === "ports") {
      inspection.report("enp_ports_dropped", [...path, name], "this kind has no `ports`: the rule matches every port");
    } else if (name !== "type" && name !== "to") {
      inspection.unknownField(name, ["type", "to"], path);
    }
  }
  const action = readAction(inspection, field(rule, "type"), path, "enp");
  const to = field(rule, "to");
  if (to === undefined) inspection.missing(path, "to");
  const found = to === undefined ? undefined : readTo(inspection, to, [...path, "to"], action ?? "allow");
  if (action === undefined || found === undefined) return undefined;
  const text = `${action === "allow" ? "Allow" : "Deny"} ${found.text}`;
  return { action, to: found.to, l4: anyL4, text, written: index };
}

interface Found {
  readonly to: Destination;
  readonly text: string;
}

function readTo(inspection: Inspection, value: unknown, path: Path, action: Action): Found | undefined {
  const to = inspection.fields(value, path);
  if (to === undefined) return undefined;
  for (const name of Object.keys(to)) {
    if (name === "nodeSelector") {
      inspection.report("enp_node_selector_dropped", [...path, name], "this kind has no `nodeSelector`");
    } else if (name !== "cidrSelector" && name !== "dnsName") {
      inspection.unknownField(name, ["cidrSelector", "dnsName"], path);
    }
  }
  const text = (key: string): string | undefined => {
    const written = field(to, key);
    return written === undefined ? undefined : inspection.text(written, [...path, key]);
  };
  const cidr = text("cidrSelector");
  const name = text("dnsName");
  if (cidr !== undefined && name !== undefined) {
    inspection.report("enp_destination_both", path, "the rule has both `cidrSelector` and `dnsName`");
  }
  if (cidr !== undefined) return readCidr(inspection, cidr, [...path, "cidrSelector"]);
  if (name !== undefined) return readName(inspection, name, [...path, "dnsName"], action);
  if (field(to, "cidrSelector") === undefined && field(to, "dnsName") === undefined) {
    inspection.report("enp_destination_none", path, "the rule has no destination");
    return { to: { kind: "addresses", addresses: ipSetOf() }, text: "nothing" };
  }
  return undefined;
}

function readCidr(inspection: Inspection, text: string, path: Path): Found | undefined {
  const block = parseCrdCidr(text);
  if (block === undefined) {
    inspection.report("enp_cidr", path, `${quoted(text)} is not an IPv4 CIDR block`);
    return undefined;
  }
  if (text === "0.0.0.0/32") {
    inspection.report("enp_cidr_zero_host", path, "`0.0.0.0/32` is read as `0.0.0.0/0`");
    return { to: { kind: "addresses", addresses: { v4: allAddresses.v4, v6: [] } }, text: "0.0.0.0/0" };
  }
  const { address, prefixLength } = block;
  const cidr = cidrAround({ family: 4, value: address }, prefixLength);
  if (cidr.first !== address) {
    const fix = { fix: `write \`${formatCidr(cidr)}\`` };
    inspection.report("enp_cidr_host_bits", path, `${quoted(text)} has host bits set`, fix);
  }
  return { to: { kind: "addresses", addresses: ipSetOf(cidr) }, text: formatCidr(cidr) };
}

/** The CRD's pattern: dotted quad, of which each part may have one leading zero, and a prefix length 0–32. */
function parseCrdCidr(text: string): { readonly address: bigint; readonly prefixLength: number } | undefined {
  const [quads, length, ...rest] = text.split("/");
  if (quads === undefined || length === undefined || rest.length > 0) return undefined;
  if (!/^([0-9]|[12][0-9]|3[0-2])$/.test(length)) return undefined;
  const decimal = quads.split(".").map((quad) => (/^0[0-9]$/.test(quad) ? quad.slice(1) : quad));
  const address = parseIp(decimal.join("."));
  if (!address.ok || address.value.family !== 4) return undefined;
  return { address: address.value.value, prefixLength: Number(length) };
}

function readName(inspection: Inspection, text: string, path: Path, action: Action): Found | undefined {
  const fit = fitDnsName(text);
  if (!fit.isStored || fit.isWildcard) {
    const message = fit.isStored ? "is a wildcard, which this kind does not know" : "is not a name the API accepts";
    inspection.report("enp_dns_name_syntax", path, `${quoted(text)} ${message}`);
    return undefined;
  }
  const pattern = namePattern(text, "one-label");
  if (fit.isAddress) {
    const fix = { fix: `write \`cidrSelector: ${formatNamePattern(pattern)}/32\`` };
    inspection.report("enp_dns_name_address", path, `${quoted(text)} is an address, not a name`, fix);
    return { to: { kind: "addresses", addresses: ipSetOf() }, text: formatNamePattern(pattern) };
  }
  if (action === "deny") inspection.report("enp_dns_name_deny", path, `the name ${quoted(text)} is denied`);
  return { to: { kind: "name", pattern }, text: formatNamePattern(pattern) };
}
