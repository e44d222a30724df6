import { type Cidr, cidrAround, formatCidr, parseCidr } from "../../../net/ip-set.ts";
import { parseIp } from "../../../net/ip.ts";
import { canonicalName, type NamePattern, namePattern } from "../../../net/name-pattern.ts";
import { quoted } from "../../../quoted.ts";
import type { Path } from "../../manifest.ts";
import type { Inspection } from "../inspection.ts";

/** @param most how many the field holds; undefined: any number */
export function readNets(
  inspection: Inspection,
  value: unknown,
  path: Path,
  most: number | undefined,
): readonly Cidr[] {
  const list = inspection.list(value, path) ?? [];
  if (most !== undefined && list.length > most) {
    inspection.report("calico_too_many", path, `${list.length} blocks stand in one list that holds ${most}`);
  }
  return list.flatMap((item, i) => readNet(inspection, item, [...path, i]) ?? []);
}

/** Calico takes a bare address for its block, and masks host bits. */
function readNet(inspection: Inspection, value: unknown, path: Path): Cidr | undefined {
  const text = inspection.text(value, path);
  if (text === undefined) return undefined;
  const bare = parseIp(text);
  if (bare.ok && !text.includes("/")) return cidrAround(bare.value, bare.value.family === 4 ? 32 : 128);
  const parsed = parseCidr(text);
  if (parsed.ok) return parsed.value;
  if (parsed.error.code === "cidr_host_bits") {
    const fix = `write \`${formatCidr(parsed.error.cidr)}\``;
    inspection.report("calico_net_host_bits", path, `${quoted(text)} has host bits set`, { fix });
    return parsed.error.cidr;
  }
  inspection.report("calico_net", path, `${quoted(text)} is neither an address nor a CIDR block`);
  return undefined;
}

/** Names of Calico Enterprise. A `*` that does not stand first has no words in the model: `hasOthers`. */
export function readDomains(
  inspection: Inspection,
  value: unknown,
  path: Path,
): { readonly patterns: readonly NamePattern[]; readonly hasOthers: boolean } {
  inspection.report("calico_domains", path, "names are for Calico Enterprise and Calico Cloud only");
  const list = inspection.list(value, path) ?? [];
  const patterns: NamePattern[] = [];
  let hasOthers = false;
  for (const [i, item] of list.entries()) {
    const text = inspection.text(item, [...path, i]);
    if (text === undefined) continue;
    const labels = canonicalName(text).split(".");
    const stars = labels.filter((label) => label.includes("*"));
    const isValid =
      stars.length <= 1 &&
      labels.every((label) => label === "*" || /^[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?$/.test(label)) &&
      labels.at(-1) !== "*";
    if (!isValid)
      inspection.report("calico_domain", [...path, i], `${quoted(text)} is not a name that a rule can have`);
    else if (stars.length === 1 && labels[0] !== "*") hasOthers = true;
    else patterns.push(namePattern(text, "subdomains"));
  }
  return { patterns, hasOthers };
}
