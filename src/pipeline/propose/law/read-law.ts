import { field, isFields } from "../../../core/policy/kinds/inspection.ts";
import type { Manifest, Path } from "../../../core/policy/manifest.ts";
import { quoted } from "../../../core/quoted.ts";
import type { LawFinding } from "./law-finding.ts";
import { LawReading } from "./law-reading.ts";
import { type Law, lawApiVersion, type LawClause, lawKind, type LawScope } from "./law.ts";
import { policyKinds } from "./policy-kinds.ts";
import { demandNames, readDemand } from "./read-demand.ts";

/** More clauses than anybody keeps in mind. */
export const mostClauses = 500;

const everywhere: LawScope = { clusters: [], namespaces: [], except: [], kinds: [] };

/** Whether an object says that it is a law, however well it is written. */
export function isLawManifest(value: unknown): boolean {
  return isFields(value) && (field(value, "kind") === lawKind || field(value, "apiVersion") === lawApiVersion);
}

export interface LawReadingResult {
  /** Undefined when anything is wrong. */
  readonly law: Law | undefined;
  /** What could be read, to look for more that is wrong; never to judge by. */
  readonly draft: Law | undefined;
  readonly findings: readonly LawFinding[];
}

/**
 * Reads a law. Strict: what is not understood is an error, never skipped, because a clause that is not read is one that nobody keeps.
 */
export function readLaw(manifest: Manifest): LawReadingResult {
  const reading = new LawReading(manifest);
  const draft = readDocument(reading, manifest.value);
  const isWrong = reading.findings.some(({ severity }) => severity === "error");
  return { law: isWrong ? undefined : draft, draft, findings: reading.findings };
}

function readDocument(reading: LawReading, value: unknown): Law | undefined {
  const document = reading.fields(value, [], ["apiVersion", "kind", "metadata", "spec"]);
  if (document === undefined) return undefined;
  reading.oneOf(field(document, "apiVersion"), ["apiVersion"], [lawApiVersion]);
  reading.oneOf(field(document, "kind"), ["kind"], [lawKind]);
  const name = readName(reading, field(document, "metadata"));
  const path = ["spec"];
  const spec = reading.fields(field(document, "spec") ?? {}, path, ["scope", "clauses"]);
  if (spec === undefined) return undefined;
  const scope = readScope(reading, field(spec, "scope"), [...path, "scope"]);
  if (field(spec, "clauses") === undefined) reading.missing(path, "clauses", "write the list of clauses");
  const seen = new Map<string, number>();
  const clauses = reading.list(spec, "clauses", path, (each, at) => readClause(reading, each, at, seen));
  if (clauses.length > mostClauses) {
    reading.error("law_value", [...path, "clauses"], `more than ${mostClauses} clauses`, "split the law in several");
  }
  return name === undefined ? undefined : { name, scope, clauses };
}

function readName(reading: LawReading, value: unknown): string | undefined {
  const path = ["metadata"];
  const metadata = reading.fields(value ?? {}, path, ["name", "labels", "annotations"]);
  const name = metadata === undefined ? undefined : field(metadata, "name");
  if (name === undefined) return reading.missing(path, "name", "name the law, such as `company`");
  return stableName(reading, name, [...path, "name"]);
}

function stableName(reading: LawReading, value: unknown, path: Path): string | undefined {
  const text = reading.text(value, path);
  if (text === undefined || /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  const fix = "use lower case letters, digits and `-`, at most 63, such as `widest-prefix`";
  return reading.error("law_value", path, `${quoted(text)} is no name`, fix);
}

export function readScope(reading: LawReading, value: unknown, path: Path): LawScope {
  if (value === undefined) return everywhere;
  const scope = reading.fields(value, path, ["clusters", "namespaces", "except", "kinds"]);
  if (scope === undefined) return everywhere;
  const pattern = (each: unknown, at: Path): string | undefined => {
    const text = reading.text(each, at, 200);
    if (text === undefined || /^[-a-z0-9_.*]+$/i.test(text)) return text;
    return reading.error(
      "law_value",
      at,
      `${quoted(text)} is no pattern of names`,
      "use `*` for any characters: `team-*`",
    );
  };
  return {
    clusters: reading.list(scope, "clusters", path, pattern),
    namespaces: reading.list(scope, "namespaces", path, pattern),
    except: reading.list(scope, "except", path, pattern),
    kinds: reading.list(scope, "kinds", path, (each, at) => reading.oneOf(each, at, policyKinds)),
  };
}

const clauseFields = ["name", "effect", "scope", "message"];

function readClause(reading: LawReading, value: unknown, path: Path, seen: Map<string, number>): LawClause | undefined {
  const clause = reading.fields(value, path, [...clauseFields, ...demandNames]);
  if (clause === undefined) return undefined;
  const named = field(clause, "name");
  const name =
    named === undefined
      ? reading.missing(path, "name", "give the clause a name that stays: it is what a refusal says")
      : stableName(reading, named, [...path, "name"]);
  const before = name === undefined ? undefined : seen.get(name);
  if (name !== undefined && before !== undefined) {
    reading.error(
      "law_duplicate",
      [...path, "name"],
      `clause ${before} is called \`${name}\` already`,
      "give it another name",
    );
  } else if (name !== undefined) seen.set(name, Number(path.at(-1)));
  const effect = reading.oneOf(field(clause, "effect") ?? "forbids", [...path, "effect"], ["forbids", "warns"]);
  const scope = readScope(reading, field(clause, "scope"), [...path, "scope"]);
  const message = reading.text(field(clause, "message") ?? "", [...path, "message"]) ?? "";
  const said = demandNames.filter((each) => field(clause, each) !== undefined);
  const [only, second] = said;
  const allFields = new Set<string>([...clauseFields, ...demandNames]);
  // A field that is not known has been told: it is what the clause asks for, misspelt.
  if (only === undefined && Object.keys(clause).some((key) => !allFields.has(key))) return undefined;
  if (only === undefined || second !== undefined) {
    const known = demandNames.join(", ");
    const asked =
      only === undefined ? "the clause asks for nothing" : `the clause asks for ${said.map(quoted).join(" and ")}`;
    return reading.error("law_shape", path, asked, `write exactly one of ${known}; make a clause of each`);
  }
  const demandPath = [...path, only];
  const demand = readDemand(reading, only, field(clause, only), demandPath);
  if (demand === undefined || name === undefined || effect === undefined) return undefined;
  const textPath = demand.kind === "cel" ? [...demandPath, "expression"] : demandPath;
  return { name, effect, scope, message, demand, at: reading.at(path), demandAt: reading.at(textPath) };
}
