import { union } from "../../../core/net/interval-set.ts";
import { anyL4, type L4Set } from "../../../core/net/l4.ts";
import { type Fields, field } from "../../../core/policy/kinds/inspection.ts";
import type { Path } from "../../../core/policy/manifest.ts";
import { quoted } from "../../../core/quoted.ts";
import type { LawReading } from "./law-reading.ts";
import type { ApprovalCase, LawDemand, LawDemandKind, LawDestinations, ProposalRisk } from "./law.ts";
import { policyKinds } from "./policy-kinds.ts";
import { parsePortText } from "./port-text.ts";
import { parseTicketPattern } from "./ticket-pattern.ts";

const risks: readonly ProposalRisk[] = ["low", "medium", "high"];

type Read = (reading: LawReading, value: unknown, path: Path) => LawDemand | undefined;

const readers: Readonly<Record<LawDemandKind, Read>> = {
  forbidden: (reading, value, path) => withDestinations("forbidden", reading, value, path),
  mustDeny: (reading, value, path) => withDestinations("mustDeny", reading, value, path),
  mustAllow: (reading, value, path) => withDestinations("mustAllow", reading, value, path),
  widestPrefix: readWidestPrefix,
  ports: readPorts,
  kinds: (reading, value, path) => {
    const fields = reading.fields(value, path, ["only"]);
    if (fields === undefined) return undefined;
    const only = reading.list(fields, "only", path, (each, at) => reading.oneOf(each, at, policyKinds));
    if (only.length === 0) return reading.missing(path, "only", "list the kinds that are allowed");
    return { kind: "kinds", only };
  },
  names: readNames,
  mostRules: (reading, value, path) => {
    const most = reading.whole(value, path, 1, 100_000);
    return most === undefined ? undefined : { kind: "mostRules", most };
  },
  defaultDeny: (reading, value, path) => readTrue(reading, value, path, { kind: "defaultDeny" }),
  temporary: (reading, value, path) => {
    const fields = reading.fields(value, path, ["mostDays", "required"]);
    if (fields === undefined) return undefined;
    const mostDays = required(reading, fields, "mostDays", path, (each, at) => reading.whole(each, at, 1, 3_660));
    const isRequired = reading.truth(field(fields, "required") ?? false, [...path, "required"]);
    return mostDays === undefined || isRequired === undefined ? undefined : { kind: "temporary", mostDays, isRequired };
  },
  justification: (reading, value, path) => {
    const fields = reading.fields(value, path, ["leastLength"]);
    if (fields === undefined) return undefined;
    const leastLength = reading.whole(field(fields, "leastLength") ?? 1, [...path, "leastLength"], 1, 5_000);
    return leastLength === undefined ? undefined : { kind: "justification", leastLength };
  },
  ticket: readTicket,
  approvals: readApprovals,
  separationOfDuties: (reading, value, path) =>
    readTrue(reading, value, path, { kind: "separationOfDuties", mayEditorsApprove: false }),
  automation: (reading, value, path) => {
    const isAllowed = reading.truth(value, path);
    return isAllowed === undefined ? undefined : { kind: "automation", isAllowed };
  },
  cel: (reading, value, path) => {
    const fields = reading.fields(value, path, ["expression"]);
    if (fields === undefined) return undefined;
    const expression = required(reading, fields, "expression", path, (each, at) => reading.text(each, at, 10_000));
    return expression === undefined ? undefined : { kind: "cel", expression };
  },
  rego: (reading, value, path) => {
    const fields = reading.fields(value, path, ["path"]);
    if (fields === undefined) return undefined;
    const data = required(reading, fields, "path", path, (each, at) => reading.text(each, at, 200));
    if (data === undefined) return undefined;
    if (/^[A-Za-z_][A-Za-z0-9_]*(\/[A-Za-z_][A-Za-z0-9_]*)*$/.test(data)) return { kind: "rego", path: data };
    const fix = "write the package with slashes, such as `postern/egress`";
    return reading.error("law_value", [...path, "path"], `${quoted(data)} is no path of OPA's data`, fix);
  },
};

/** What a clause can ask for, as it is written. */
export const demandNames = Object.keys(readers) as readonly LawDemandKind[];

export function readDemand(
  reading: LawReading,
  name: LawDemandKind,
  value: unknown,
  path: Path,
): LawDemand | undefined {
  return readers[name](reading, value, path);
}

/** A demand that takes no words: leaving the clause out says the contrary. */
function readTrue(reading: LawReading, value: unknown, path: Path, demand: LawDemand): LawDemand | undefined {
  return value === true
    ? demand
    : reading.error("law_value", path, `${quoted(value)} is not known here`, "write `true`, or remove the clause");
}

function required<T>(
  reading: LawReading,
  fields: Fields,
  name: string,
  path: Path,
  read: (value: unknown, path: Path) => T | undefined,
): T | undefined {
  const value = field(fields, name);
  return value === undefined ? reading.missing(path, name, "write it") : read(value, [...path, name]);
}

function withDestinations(
  kind: "forbidden" | "mustDeny" | "mustAllow",
  reading: LawReading,
  value: unknown,
  path: Path,
): LawDemand | undefined {
  const to = readDestinations(reading, value, path);
  return to === undefined ? undefined : { kind, to };
}

function readDestinations(reading: LawReading, value: unknown, path: Path): LawDestinations | undefined {
  const fields = reading.fields(value, path, ["addresses", "names", "ports"]);
  if (fields === undefined) return undefined;
  const before = reading.findings.length;
  const blocks = reading.list(fields, "addresses", path, reading.block);
  const names = reading.list(fields, "names", path, reading.name);
  const l4 = field(fields, "ports") === undefined ? anyL4 : readPortList(reading, fields, "ports", path);
  const isSaid = field(fields, "addresses") !== undefined || field(fields, "names") !== undefined;
  if (!isSaid) return reading.missing(path, "addresses", "list `addresses`, `names` or both");
  const isRead = reading.findings.length === before;
  if (isRead && (blocks.length + names.length === 0 || l4.length === 0)) {
    reading.warning(
      "law_never_applies",
      path,
      "the list is empty, so the clause asks for nothing",
      "fill it, or remove the clause",
    );
  }
  return { blocks, names, l4 };
}

function readPortList(reading: LawReading, fields: Fields, name: string, path: Path): L4Set {
  const sets = reading.list(fields, name, path, (value, at) => {
    if (typeof value === "number") {
      return reading.error("law_value", at, `${quoted(value)} does not say a protocol`, `write \`tcp/${value}\``);
    }
    const text = reading.text(value, at, 40);
    if (text === undefined) return undefined;
    const set = parsePortText(text);
    return (
      set ??
      reading.error(
        "law_value",
        at,
        `${quoted(text)} is no port`,
        "write `tcp/443`, `udp/8000-8999`, `tcp`, `icmp` or `any`",
      )
    );
  });
  return sets.reduce<L4Set>(union, []);
}

function readWidestPrefix(reading: LawReading, value: unknown, path: Path): LawDemand | undefined {
  const fields = reading.fields(value, path, ["ipv4", "ipv6", "except"]);
  if (fields === undefined) return undefined;
  const of = (name: string, most: number): number | undefined => {
    const own = field(fields, name);
    return own === undefined ? undefined : reading.whole(own, [...path, name], 0, most);
  };
  const [v4, v6] = [of("ipv4", 32), of("ipv6", 128)];
  const except = reading.list(fields, "except", path, reading.block);
  if (field(fields, "ipv4") === undefined && field(fields, "ipv6") === undefined)
    return reading.missing(path, "ipv4", "write `ipv4: 16`, `ipv6: 48` or both");
  for (const [name, own] of [
    ["ipv4", v4],
    ["ipv6", v6],
  ] as const) {
    if (own !== undefined || field(fields, name) !== undefined) continue;
    const fix = `write \`${name}\` as well: a way that is not looked at is the one that is taken`;
    reading.warning("law_value", path, `\`${name}\` is not limited`, fix);
  }
  return { kind: "widestPrefix", v4, v6, except };
}

function readPorts(reading: LawReading, value: unknown, path: Path): LawDemand | undefined {
  const fields = reading.fields(value, path, ["only", "never"]);
  if (fields === undefined) return undefined;
  const only = field(fields, "only") === undefined ? undefined : readPortList(reading, fields, "only", path);
  const never = readPortList(reading, fields, "never", path);
  if (only === undefined && never.length === 0 && !isListed(field(fields, "never")))
    return reading.missing(path, "only", "list `only`, `never` or both");
  return { kind: "ports", only, never };
}

/** With entries, although none of them could be read. */
function isListed(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function readNames(reading: LawReading, value: unknown, path: Path): LawDemand | undefined {
  const fields = reading.fields(value, path, ["wildcards", "leastLabels", "only"]);
  if (fields === undefined) return undefined;
  const wildcards = reading.truth(field(fields, "wildcards") ?? true, [...path, "wildcards"]);
  const leastLabels = reading.whole(field(fields, "leastLabels") ?? 0, [...path, "leastLabels"], 0, 20);
  const only = field(fields, "only") === undefined ? undefined : reading.list(fields, "only", path, reading.name);
  if (wildcards === undefined || leastLabels === undefined) return undefined;
  if (wildcards && leastLabels === 0 && only === undefined) {
    return reading.missing(path, "wildcards", "write `wildcards: false`, `leastLabels`, or `only`");
  }
  return { kind: "names", wildcards, leastLabels, only };
}

function readTicket(reading: LawReading, value: unknown, path: Path): LawDemand | undefined {
  const fields = reading.fields(value, path, ["pattern"]);
  if (fields === undefined) return undefined;
  const at = [...path, "pattern"];
  const text = required(reading, fields, "pattern", path, (each) => reading.text(each, at));
  if (text === undefined) return undefined;
  const pattern = parseTicketPattern(text);
  if (pattern.ok) return { kind: "ticket", pattern: pattern.value };
  const { message, at: character } = pattern.error;
  const where = character === 0 ? "" : ` at character ${character + 1}`;
  return reading.error(
    "law_value",
    at,
    `the pattern ${quoted(text)} ${message}${where}`,
    "write one such as `[A-Z]{2,10}-[0-9]+`",
  );
}

function readApprovals(reading: LawReading, value: unknown, path: Path): LawDemand | undefined {
  const fields = reading.fields(value, path, ["needed", "groups", "when"]);
  if (fields === undefined) return undefined;
  const needed = reading.whole(field(fields, "needed") ?? 1, [...path, "needed"], 1, 20);
  const groups = reading.list(fields, "groups", path, (each, at) => reading.text(each, at, 200));
  const when = readCase(reading, field(fields, "when"), [...path, "when"]);
  return needed === undefined || when === undefined ? undefined : { kind: "approvals", needed, groups, when };
}

function readCase(reading: LawReading, value: unknown, path: Path): ApprovalCase | undefined {
  const fields = reading.fields(value ?? {}, path, ["risk", "opens"]);
  if (fields === undefined) return undefined;
  const risk = reading.list(fields, "risk", path, (each, at) => reading.oneOf(each, at, risks));
  const opens = field(fields, "opens");
  return { risk, opens: opens === undefined ? undefined : readDestinations(reading, opens, [...path, "opens"]) };
}
