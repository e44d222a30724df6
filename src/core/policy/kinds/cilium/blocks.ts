import {
  type Cidr,
  cidrAround,
  formatCidr,
  type IpSet,
  ipSetOf,
  isSubsetIp,
  parseCidr,
  subtractIp,
} from "../../../net/ip-set.ts";
import { parseIp } from "../../../net/ip.ts";
import { quoted } from "../../../quoted.ts";
import type { Path } from "../../manifest.ts";
import { field, type Inspection } from "../inspection.ts";

/** A block, or a group of blocks that another object holds. */
export type ReadBlock =
  | { readonly kind: "addresses"; readonly addresses: IpSet; readonly text: string }
  | { readonly kind: "unknown"; readonly text: string };

/** An entry of `toCIDR`. */
export function readBlock(inspection: Inspection, value: unknown, path: Path): ReadBlock | undefined {
  const cidr = readCidr(inspection, value, path);
  return cidr === undefined ? undefined : { kind: "addresses", addresses: ipSetOf(cidr), text: formatCidr(cidr) };
}

const sources = ["cidr", "cidrGroupRef", "cidrGroupSelector"] as const;

/** An entry of `toCIDRSet`: a block or a group, less its exceptions. */
export function readBlockSet(inspection: Inspection, value: unknown, path: Path): ReadBlock | undefined {
  const entry = inspection.fields(value ?? {}, path);
  if (entry === undefined) return undefined;
  inspection.unknownFields(entry, [...sources, "except"], path);
  const given = sources.filter((name) => field(entry, name) !== undefined);
  const [source] = given;
  if (source === undefined || given.length > 1) {
    const message = source === undefined ? "the entry has no block" : `the entry has ${given.join(" and ")}`;
    inspection.report("cilium_cidr_source", path, message);
    return undefined;
  }
  const exceptions = field(entry, "except");
  const list = exceptions === undefined ? [] : (inspection.list(exceptions, [...path, "except"]) ?? []);
  if (source === "cidrGroupRef") {
    const name = inspection.text(field(entry, source), [...path, source]);
    return name === undefined ? undefined : { kind: "unknown", text: `CIDR group ${name}` };
  }
  if (source === "cidrGroupSelector") return { kind: "unknown", text: "CIDR groups by label" };
  const cidr = readCidr(inspection, field(entry, source), [...path, source]);
  const except = list.flatMap((item, i) => readException(inspection, item, [...path, "except", i], cidr) ?? []);
  if (cidr === undefined) return undefined;
  const text = except.length === 0 ? "" : ` except ${except.map(formatCidr).join(", ")}`;
  const addresses = subtractIp(ipSetOf(cidr), ipSetOf(...except));
  return { kind: "addresses", addresses, text: `${formatCidr(cidr)}${text}` };
}

function readException(inspection: Inspection, value: unknown, path: Path, outer: Cidr | undefined): Cidr | undefined {
  const cidr = readCidr(inspection, value, path);
  if (cidr === undefined || outer === undefined || isSubsetIp(ipSetOf(cidr), ipSetOf(outer))) return cidr;
  // The agents only look at the first address, so a larger block passes and takes all away.
  const isAround = cidr.family === outer.family && isSubsetIp(ipSetOf(outer), ipSetOf(cidr));
  if (isAround && cidr.first === outer.first) return cidr;
  const message = `\`${formatCidr(cidr)}\` is not inside \`${formatCidr(outer)}\``;
  inspection.report("cilium_except_outside", path, message);
  return undefined;
}

function readCidr(inspection: Inspection, value: unknown, path: Path): Cidr | undefined {
  const text = inspection.text(value, path);
  if (text === undefined) return undefined;
  const parsed = parseCidr(text);
  if (parsed.ok) return parsed.value;
  if (parsed.error.code === "cidr_host_bits") {
    const { cidr } = parsed.error;
    const fix = { fix: `write \`${formatCidr(cidr)}\`` };
    inspection.report("cilium_cidr_host_bits", path, `${quoted(text)} has host bits set`, fix);
    return cidr;
  }
  const bare = parseIp(text);
  const fix = bare.ok
    ? { fix: `write \`${formatCidr(cidrAround(bare.value, bare.value.family === 4 ? 32 : 128))}\`` }
    : {};
  inspection.report("cilium_cidr", path, `${quoted(text)} is not a CIDR block`, fix);
  return undefined;
}
