import { type Cidr, cidrAround, formatCidr, ipSetOf, noAddresses, parseCidr } from "../../../net/ip-set.ts";
import { parseIp } from "../../../net/ip.ts";
import { formatNamePattern, namePattern } from "../../../net/name-pattern.ts";
import { quoted } from "../../../quoted.ts";
import { formatLabelSelector } from "../../label-selector.ts";
import type { Path } from "../../manifest.ts";
import type { Action, Destination } from "../../model.ts";
import { fitDnsName } from "../dns-name.ts";
import type { ReadOptions } from "../header.ts";
import { field, type Inspection, isFields } from "../inspection.ts";
import { readLabelSelector } from "../selector.ts";

export interface ReadDestination {
  readonly to: Destination;
  readonly text: string;
}

const selectors = ["cidrSelector", "dnsName", "nodeSelector"] as const;
const nowhere: Destination = { kind: "addresses", addresses: noAddresses };

/**
 * `to` of a rule: exactly one of the three selectors.
 * @param rulePath of the rule it belongs to
 */
export function readDestination(
  inspection: Inspection,
  value: unknown,
  rulePath: Path,
  action: Action,
  options: ReadOptions,
): ReadDestination | undefined {
  const plain = plainBlock(value);
  if (plain !== undefined) return plain;
  const path = [...rulePath, "to"];
  const to = inspection.fields(value, path);
  if (to === undefined) return undefined;
  inspection.unknownFields(to, selectors, path);
  const [kind, ...others] = selectors.filter((selector) => field(to, selector) !== undefined);
  if (kind === undefined || others.length > 0) {
    const message =
      kind === undefined ? "no destination" : `destinations ${[kind, ...others].map(quoted).join(" and ")}`;
    inspection.report("ef_destination_count", path, `the rule has ${message}`);
    return undefined;
  }
  const at = [...path, kind];
  const written = field(to, kind);
  if (kind === "nodeSelector") {
    const selector = readLabelSelector(inspection, written, at, "ef_node_selector");
    if (selector === undefined) return undefined;
    if (selector.requirements.length === 0) {
      inspection.report("ef_node_selector_every", at, "the selector is empty and selects every node");
    }
    const isEvery = selector.requirements.length === 0;
    return {
      to: { kind: "nodes", selector },
      text: isEvery ? "every node" : `nodes ${formatLabelSelector(selector)}`,
    };
  }
  const text = inspection.text(written, at);
  if (text === undefined) return undefined;
  return kind === "cidrSelector"
    ? readCidrSelector(inspection, text, at)
    : readDnsName(inspection, text, at, action, options);
}

/** The ordinary destination, without the paths that only findings need. */
function plainBlock(value: unknown): ReadDestination | undefined {
  if (!isFields(value) || typeof value.cidrSelector !== "string" || Object.keys(value).length !== 1) return undefined;
  const parsed = parseCidr(value.cidrSelector);
  return parsed.ok ? addresses(parsed.value) : undefined;
}

function readCidrSelector(inspection: Inspection, text: string, path: Path): ReadDestination | undefined {
  const parsed = parseCidr(text);
  if (parsed.ok) return addresses(parsed.value);
  if (text === "") {
    // The controller takes an empty text for "not set", finds no destination at all and skips the rule.
    inspection.report("ef_rule_without_effect", path, "`cidrSelector` is empty, so the rule has no destination");
    return { to: nowhere, text: "nothing" };
  }
  if (parsed.error.code === "cidr_host_bits") {
    const { cidr, message, suggestion } = parsed.error;
    inspection.report("ef_cidr_host_bits", path, message, { fix: `write \`${suggestion}\`` });
    return addresses(cidr);
  }
  const bare = parseIp(text);
  if (bare.ok) {
    const cidr = cidrAround(bare.value, bare.value.family === 4 ? 32 : 128);
    const message = `${quoted(text)} is an address, not a block`;
    inspection.report("ef_cidr_bare_address", path, message, { fix: `write \`${formatCidr(cidr)}\`` });
    return addresses(cidr);
  }
  const usual = acceptedByGoAlone(text);
  if (usual !== undefined) {
    inspection.report("ef_cidr_not_for_ovn", path, `${quoted(text)} is a block that OVN cannot read`, {
      fix: `write \`${usual}\``,
    });
    return { to: nowhere, text: quoted(text) };
  }
  inspection.report("ef_cidr_syntax", path, `${quoted(text)} is not a CIDR block`);
  return undefined;
}

function addresses(cidr: Cidr): ReadDestination {
  return { to: { kind: "addresses", addresses: ipSetOf(cidr) }, text: formatCidr(cidr) };
}

/**
 * Two forms pass Go's `net.ParseCIDR` and are no OVN constants: a prefix length with leading zeros (`10.0.0.0/08`) and
 * an IPv4-mapped IPv6 block, which the controller also takes for IPv4.
 * @returns the usual form of the block
 */
function acceptedByGoAlone(text: string): string | undefined {
  const [address, length, ...rest] = text.split("/");
  if (address === undefined || length === undefined || rest.length > 0 || !/^[0-9]{1,10}$/.test(length))
    return undefined;
  const ip = parseIp(address);
  if (!ip.ok) return undefined;
  const isMapped = ip.value.family === 4 && address.includes(":");
  const prefixLength = Number(length) - (isMapped ? 96 : 0);
  const longest = ip.value.family === 4 ? 32 : 128;
  if (prefixLength > longest || Number(length) > (isMapped ? 128 : longest)) return undefined;
  return formatCidr(cidrAround(ip.value, Math.max(prefixLength, 0)));
}

function readDnsName(
  inspection: Inspection,
  text: string,
  path: Path,
  action: Action,
  options: ReadOptions,
): ReadDestination | undefined {
  const fit = fitDnsName(text);
  if (!fit.isStored) {
    inspection.report("ef_dns_name_syntax", path, `${quoted(text)} is not a name the API accepts`);
    return undefined;
  }
  const pattern = namePattern(text, "one-label");
  if (fit.isAddress) {
    const fix = { fix: `write \`cidrSelector: ${formatNamePattern(pattern)}/32\`` };
    inspection.report("ef_dns_name_address", path, `${quoted(text)} is an address, not a name`, fix);
    return { to: nowhere, text: formatNamePattern(pattern) };
  }
  const hasResolver = options.dnsNameResolver === true;
  if (fit.isWildcard && !hasResolver) {
    inspection.report("ef_dns_name_wildcard", path, `the wildcard ${quoted(text)} needs the DNSNameResolver feature`);
  } else if (!fit.isValidWithResolver) {
    const code = hasResolver ? "ef_dns_name_labels" : "ef_dns_name_fragile";
    const message = hasResolver ? "is not valid with the DNSNameResolver feature" : "is no full host name";
    inspection.report(code, path, `${quoted(text)} ${message}`);
  }
  if (!fit.isPlain) {
    const fix = { fix: `write \`${formatNamePattern(pattern)}\`` };
    inspection.report("ef_dns_name_form", path, `${quoted(text)} is not in its plain form`, fix);
  }
  if (action === "deny") inspection.report("ef_dns_name_deny", path, `the name ${quoted(text)} is denied`);
  return { to: { kind: "name", pattern }, text: formatNamePattern(pattern) };
}
