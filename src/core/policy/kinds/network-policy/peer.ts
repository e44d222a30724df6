import { type Cidr, cidrAround, formatCidr, ipSetOf, isSubsetIp, parseCidr, subtractIp } from "../../../net/ip-set.ts";
import { parseIp } from "../../../net/ip.ts";
import { quoted } from "../../../quoted.ts";
import { formatLabelSelector } from "../../label-selector.ts";
import type { Path } from "../../manifest.ts";
import type { Destination, LabelSelector } from "../../model.ts";
import { field, type Inspection } from "../inspection.ts";
import { readLabelSelector } from "../selector.ts";

export interface ReadPeer {
  readonly to: Destination;
  readonly text: string;
}

const known = ["ipBlock", "podSelector", "namespaceSelector"] as const;

function whereText(namespaces: LabelSelector): string {
  if (namespaces.requirements.length === 0) return "of all namespaces";
  return `of namespaces ${formatLabelSelector(namespaces)}`;
}

/** One entry of `to`: an address block, or pods of this cluster. */
export function readPeer(inspection: Inspection, value: unknown, path: Path): ReadPeer | undefined {
  const peer = inspection.fields(value ?? {}, path);
  if (peer === undefined) return undefined;
  inspection.unknownFields(peer, known, path);
  const set = known.filter((name) => field(peer, name) !== undefined);
  if (set.length === 0) {
    inspection.report("np_peer_empty", path, "the destination is empty");
    return undefined;
  }
  if (set.includes("ipBlock")) {
    if (set.length > 1) {
      inspection.report("np_peer_mixed", path, "`ipBlock` stands together with a selector");
      return undefined;
    }
    return readIpBlock(inspection, field(peer, "ipBlock"), [...path, "ipBlock"]);
  }
  const selector = (name: "podSelector" | "namespaceSelector"): LabelSelector | undefined =>
    set.includes(name) ? readLabelSelector(inspection, field(peer, name), [...path, name], "np_selector") : undefined;
  const pods = selector("podSelector");
  const namespaces = selector("namespaceSelector");
  const isRead = set.includes("podSelector") === (pods !== undefined);
  if (!isRead || set.includes("namespaceSelector") !== (namespaces !== undefined)) return undefined;
  const where = namespaces === undefined ? "of this namespace" : whereText(namespaces);
  const which = pods === undefined || pods.requirements.length === 0 ? "pods" : `pods ${formatLabelSelector(pods)}`;
  return { to: { kind: "pods", namespaces, pods }, text: `${which} ${where}` };
}

function readIpBlock(inspection: Inspection, value: unknown, path: Path): ReadPeer | undefined {
  const block = inspection.fields(value, path);
  if (block === undefined) return undefined;
  inspection.unknownFields(block, ["cidr", "except"], path);
  const written = field(block, "cidr");
  if (written === undefined) inspection.missing(path, "cidr");
  const cidr = written === undefined ? undefined : readCidr(inspection, written, [...path, "cidr"]);
  const exceptValue = field(block, "except");
  const list = exceptValue === undefined ? [] : (inspection.list(exceptValue, [...path, "except"]) ?? []);
  const except = list.flatMap((item, i) => readCidr(inspection, item, [...path, "except", i], cidr) ?? []);
  if (cidr === undefined) return undefined;
  const addresses = subtractIp(ipSetOf(cidr), ipSetOf(...except));
  const text = except.length === 0 ? "" : ` except ${except.map(formatCidr).join(", ")}`;
  return { to: { kind: "addresses", addresses }, text: `${formatCidr(cidr)}${text}` };
}

/** @param outer the block that an `except` block must be strictly inside of */
function readCidr(inspection: Inspection, value: unknown, path: Path, outer?: Cidr): Cidr | undefined {
  const text = inspection.text(value, path);
  if (text === undefined) return undefined;
  const cidr = readCidrText(inspection, text, path);
  if (cidr === undefined || outer === undefined) return cidr;
  if (cidr.prefixLength > outer.prefixLength && isSubsetIp(ipSetOf(cidr), ipSetOf(outer))) return cidr;
  const message = `${quoted(text)} is not strictly inside \`${formatCidr(outer)}\``;
  inspection.report("np_except_outside", path, message);
  return undefined;
}

function readCidrText(inspection: Inspection, text: string, path: Path): Cidr | undefined {
  const usual = usualForm(text);
  const parsed = parseCidr(usual);
  const cidr = parsed.ok ? parsed.value : parsed.error.code === "cidr_host_bits" ? parsed.error.cidr : undefined;
  if (cidr === undefined) {
    const bare = parseIp(text);
    const fix = bare.ok
      ? { fix: `write \`${formatCidr(cidrAround(bare.value, bare.value.family === 4 ? 32 : 128))}\`` }
      : {};
    inspection.report("np_cidr", path, `${quoted(text)} is not a CIDR block`, fix);
    return undefined;
  }
  const fix = { fix: `write \`${formatCidr(cidr)}\`` };
  if (usual !== text) inspection.report("np_cidr_old_form", path, `${quoted(text)} is an old form`, fix);
  else if (!parsed.ok) inspection.report("np_cidr_host_bits", path, `${quoted(text)} has host bits set`, fix);
  return cidr;
}

/** Without the leading zeros and the IPv4-mapped form that older API servers let pass. */
function usualForm(text: string): string {
  const match = /^(::ffff:)?([0-9]{1,10}(?:\.[0-9]{1,10}){3})\/([0-9]{1,10})$/i.exec(text);
  if (match === null) return text;
  const [, mapped, quads, length] = match;
  const decimal = quads!.split(".").map((quad) => String(Number(quad)));
  return `${decimal.join(".")}/${mapped === undefined ? Number(length) : Number(length) - 96}`;
}
