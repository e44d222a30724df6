import { allAddresses } from "../../../net/ip-set.ts";
import { anyL4, formatL4Set, l4Protocol } from "../../../net/l4.ts";
import { globPattern, includesPattern } from "../../../net/name-pattern.ts";
import { printable, quoted } from "../../../quoted.ts";
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
import { type PortsPart, readToPorts } from "./ports.ts";

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
  const { parts, limitedBy, asked } = readTransport(inspection, rule, path, isDeny);
  // A rule that names neither destinations nor ports matches nothing: it only isolates.
  const destinations: readonly ReadDestination[] = list ?? (parts === undefined ? [] : [everywhere]);
  const limits = limitedBy.length === 0 ? "" : `, limited by ${limitedBy.join(" and ")}`;
  const mode = isDeny ? undefined : readAuthentication(inspection, rule, path);
  const rules = destinations.flatMap(({ to, outsideOnly, text }) =>
    (parts ?? [{ l4: anyL4, condition: undefined }]).map(({ l4, condition }): Rule => {
      const ports = parts === undefined ? "" : ` ${formatL4Set(l4)}`;
      const conditions = [condition, mode].filter((each) => each !== undefined).join(" and ");
      const only = conditions === "" ? "" : `, only with ${conditions}`;
      return {
        action,
        // Whether it holds is not recorded, so that the rule may match or not.
        to: only === "" ? to : { kind: "unknown", text: `${text}${only}`, within: [to] },
        l4,
        ...(outsideOnly ? { outsideOnly } : {}),
        text: `${isDeny ? "Deny" : "Allow"} ${text}${ports}${limits}${only}`,
        written,
      };
    }),
  );
  return { rules, names, asked };
}

const everywhere: ReadDestination = {
  to: { kind: "addresses", addresses: allAddresses },
  outsideOnly: false,
  text: "everything",
};

interface Transport {
  /** Of `toPorts` or `icmps`; undefined where the rule has neither, so that it is about every protocol. */
  readonly parts: readonly PortsPart[] | undefined;
  readonly limitedBy: readonly string[];
  readonly asked: readonly ReadName[];
}

function readTransport(inspection: Inspection, rule: Fields, path: Path, isDeny: boolean): Transport {
  const ports = listOf(inspection, rule, "toPorts", path);
  const icmps = listOf(inspection, rule, "icmps", path);
  if (ports.length > 0 && icmps.length > 0) {
    inspection.report("cilium_icmps_with_ports", [...path, "icmps"], "`icmps` stands beside `toPorts`");
  }
  if (ports.length > 0) {
    return readToPorts(inspection, ports, [...path, "toPorts"], isDeny) ?? { parts: [], limitedBy: [], asked: [] };
  }
  if (icmps.length === 0) return { parts: undefined, limitedBy: [], asked: [] };
  const types = icmps.flatMap((value, i) => readIcmp(inspection, value, [...path, "icmps", i]));
  const parts = types.length === 0 ? [] : [{ l4: [l4Protocol("icmp")], condition: [...new Set(types)].join(" or ") }];
  return { parts, limitedBy: [], asked: [] };
}

/** Types of ICMP messages, by which the agents tell them apart and records do not. */
function readIcmp(inspection: Inspection, value: unknown, path: Path): readonly string[] {
  const entry = inspection.fields(value ?? {}, path);
  if (entry === undefined) return [];
  inspection.unknownFields(entry, ["fields"], path);
  return listOf(inspection, entry, "fields", path).flatMap((item, i) => {
    const at = [...path, "fields", i];
    const fields = inspection.fields(item ?? {}, at);
    if (fields === undefined) return [];
    inspection.unknownFields(fields, ["family", "type"], at);
    const family = field(fields, "family");
    const type = field(fields, "type");
    if (type === undefined) inspection.missing(at, "type");
    const isText = typeof type === "string" || typeof type === "number";
    return [`type ${isText ? printable(String(type)) : "?"} of ${family === "IPv6" ? "ICMPv6" : "ICMP"}`];
  });
}

/** Mutual authentication, which a destination outside the cluster does not take part in. */
function readAuthentication(inspection: Inspection, rule: Fields, path: Path): string | undefined {
  const value = field(rule, "authentication");
  const fields = value === undefined ? undefined : inspection.fields(value, [...path, "authentication"]);
  if (fields === undefined) return undefined;
  inspection.unknownFields(fields, ["mode"], [...path, "authentication"]);
  return field(fields, "mode") === "disabled" ? undefined : "authentication";
}

const mostCompared = 5_000;

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
  // Every name may have to be held against every pattern: past the limit names count as asked for.
  let compared = 0;
  for (const { name, path } of names) {
    if (name.pattern.kind !== "exact") compared += asked.filter(({ pattern }) => pattern.kind === "glob").length;
    if (compared > mostCompared) return;
    if (asked.some(({ pattern }) => includesPattern(pattern, name.pattern))) continue;
    inspection.report("cilium_name_not_asked", path, `no DNS rule of the object covers ${quoted(name.text)}`);
  }
}
