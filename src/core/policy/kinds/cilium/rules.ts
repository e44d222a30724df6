import { allAddresses } from "../../../net/ip-set.ts";
import { anyL4, formatL4Set, type L4Set, l4Protocol } from "../../../net/l4.ts";
import { globPattern, includesPattern } from "../../../net/name-pattern.ts";
import { quoted } from "../../../quoted.ts";
import type { Path } from "../../manifest.ts";
import type { Action, Rule, SourceLocation } from "../../model.ts";
import { field, type Fields, type Inspection } from "../inspection.ts";
import {
  allowFields,
  denyFields,
  readDestinations,
  type ReadDestination,
  type ReadDestinations,
} from "./destinations.ts";
import type { ReadName } from "./names.ts";
import { readToPorts } from "./ports.ts";

/** The egress half of one entry of `specs`: denies first, since they win over every allow. */
export interface ReadRules {
  readonly rules: readonly Rule[];
  readonly ruleLocations: readonly SourceLocation[];
  /** Names the rules allow, and names the pods may ask DNS for. */
  readonly names: ReadDestinations["names"];
  readonly asked: readonly ReadName[];
}

const openedByDeny =
  "the API server drops the field: the deny then has no destination, and with `toPorts` it denies those ports everywhere";

export function readRules(inspection: Inspection, spec: Fields, path: Path, isClusterWide: boolean): ReadRules {
  const rules: Rule[] = [];
  const ruleLocations: SourceLocation[] = [];
  const names: ReadDestinations["names"][number][] = [];
  const asked: ReadName[] = [];
  for (const [name, action] of [
    ["egressDeny", "deny"],
    ["egress", "allow"],
  ] as const) {
    for (const [index, value] of listOf(inspection, spec, name, path).entries()) {
      const at = [...path, name, index];
      const read = readRule(inspection, value, at, action, isClusterWide, ruleLocations.length);
      ruleLocations.push(inspection.at(at));
      rules.push(...read.rules);
      names.push(...read.names);
      asked.push(...read.asked);
    }
  }
  return { rules, ruleLocations, names, asked };
}

export function listOf(inspection: Inspection, spec: Fields, name: string, path: Path): readonly unknown[] {
  const value = field(spec, name);
  return value === undefined ? [] : (inspection.list(value, [...path, name]) ?? []);
}

function readRule(
  inspection: Inspection,
  value: unknown,
  path: Path,
  action: Action,
  isClusterWide: boolean,
  written: number,
): Pick<ReadRules, "rules" | "names" | "asked"> {
  const rule = inspection.fields(value ?? {}, path);
  if (rule === undefined) return { rules: [], names: [], asked: [] };
  const isDeny = action === "deny";
  const known = isDeny ? denyFields : allowFields;
  const more = ["toPorts", "icmps", "toRequires", ...(isDeny ? [] : ["authentication"])];
  inspection.unknownFields(rule, [...known, ...more], path, isDeny ? { effect: openedByDeny } : {});
  if (field(rule, "toRequires") !== undefined) {
    inspection.report("cilium_requires", [...path, "toRequires"], "`toRequires` also restricts other rules");
  }
  const { list, names } = readDestinations(inspection, rule, path, known, isClusterWide);
  const { l4, limitedBy, asked } = readTransport(inspection, rule, path, isDeny);
  // A rule that names neither destinations nor ports matches nothing: it only isolates.
  const destinations: readonly ReadDestination[] = list ?? (l4 === undefined ? [] : [everywhere]);
  const limits = limitedBy.length === 0 ? "" : `, limited by ${limitedBy.join(" and ")}`;
  const ports = l4 === undefined ? "" : ` ${formatL4Set(l4)}`;
  const rules = destinations.map(({ to, outsideOnly, text }): Rule => ({
    action,
    to,
    l4: l4 ?? anyL4,
    ...(outsideOnly ? { outsideOnly } : {}),
    text: `${isDeny ? "Deny" : "Allow"} ${text}${ports}${limits}`,
    written,
  }));
  return { rules, names, asked };
}

const everywhere: ReadDestination = {
  to: { kind: "addresses", addresses: allAddresses },
  outsideOnly: false,
  text: "everything",
};

/** `toPorts` or `icmps`; undefined `l4` where the rule has neither, so that it is about every protocol. */
function readTransport(
  inspection: Inspection,
  rule: Fields,
  path: Path,
  isDeny: boolean,
): { readonly l4: L4Set | undefined; readonly limitedBy: readonly string[]; readonly asked: readonly ReadName[] } {
  const ports = listOf(inspection, rule, "toPorts", path);
  const icmps = listOf(inspection, rule, "icmps", path);
  if (ports.length > 0 && icmps.length > 0) {
    inspection.report("cilium_icmps_with_ports", [...path, "icmps"], "`icmps` stands beside `toPorts`");
  }
  if (ports.length > 0) {
    const read = readToPorts(inspection, ports, [...path, "toPorts"], isDeny);
    return read ?? { l4: [], limitedBy: [], asked: [] };
  }
  if (icmps.length === 0) return { l4: undefined, limitedBy: [], asked: [] };
  for (const [i, value] of icmps.entries()) {
    const entry = inspection.fields(value ?? {}, [...path, "icmps", i]);
    if (entry !== undefined) inspection.unknownFields(entry, ["fields"], [...path, "icmps", i]);
  }
  // Records do not tell types apart: the rule is about some ICMP, and is taken as about all of it.
  return { l4: [l4Protocol("icmp")], limitedBy: [], asked: [] };
}

/** Names that are allowed and can never be learned, as far as this object tells. */
export function checkNames(inspection: Inspection, read: readonly ReadRules[]): void {
  const names = read.flatMap((each) => each.names);
  const asked = read.flatMap((each) => each.asked);
  if (names.length === 0) return;
  if (asked.length === 0) {
    const { name, path } = names[0]!;
    inspection.report(
      "cilium_dns_rule_missing",
      path,
      `no rule of the object sends DNS to the proxy that learns ${quoted(name.text)}`,
    );
    return;
  }
  const every = globPattern("*");
  if (asked.some(({ pattern }) => includesPattern(pattern, every))) return;
  for (const { name, path } of names) {
    if (asked.some(({ pattern }) => includesPattern(pattern, name.pattern))) continue;
    inspection.report("cilium_name_not_asked", path, `no DNS rule of the object covers ${quoted(name.text)}`);
  }
}
