import { kindOf } from "../../core/policy/manifest.ts";
import { told } from "../../pipeline/propose/law/breach.ts";
import { clausesInScope, verdictOf } from "../../pipeline/propose/law/judge-law.ts";
import type { LawClause } from "../../pipeline/propose/law/law.ts";
import type { LawVerdict } from "../wire/proposals.ts";
import type { ClauseVariables, RegoEngine } from "./clause-engines.ts";
import type { LawToAsk, ObjectCase } from "./judge-cases.ts";
import type { LawInput } from "./law-judge.ts";

/** Verdicts of the clauses in CEL and Rego. One that cannot be asked is broken, whatever its effect: nobody knows what it would say. */
export async function askEngines(
  law: LawToAsk,
  given: ObjectCase,
  input: LawInput,
  rego: RegoEngine | undefined,
): Promise<readonly LawVerdict[]> {
  const clauses = clausesInScope(law, given);
  const variables = variablesOf(given, input);
  const cel = clauses.flatMap((clause) => askCel(law, clause, given, variables));
  const asked = clauses.map((clause) => askRego(law, clause, given, variables, rego));
  return [...cel, ...(await Promise.all(asked)).flat()];
}

function askCel(
  law: LawToAsk,
  clause: LawClause,
  given: ObjectCase,
  variables: ClauseVariables,
): readonly LawVerdict[] {
  if (clause.demand.kind !== "cel") return [];
  // As in a cluster, an expression about the object is not asked about one that is taken away.
  if (given.policy === undefined) return [];
  const answer = law.ready.programs.get(clause.name)!.evaluate(variables);
  if (answer.ok && answer.value) return [];
  const message = answer.ok
    ? clause.message === ""
      ? "the clause's expression does not hold"
      : clause.message
    : `the clause's expression cannot be evaluated: ${answer.error.message}`;
  const words = answer.ok ? { ...clause, message: "" } : { ...clause, effect: "forbids" as const };
  return [verdictOf(law, words, given, message)];
}

async function askRego(
  law: LawToAsk,
  clause: LawClause,
  given: ObjectCase,
  variables: ClauseVariables,
  rego: RegoEngine | undefined,
): Promise<readonly LawVerdict[]> {
  if (clause.demand.kind !== "rego") return [];
  const away = (why: string): readonly LawVerdict[] => [
    verdictOf(law, { ...clause, effect: "forbids" }, given, `the clause cannot be asked, so it forbids: ${why}`),
  ];
  if (rego === undefined) return away("no OPA is configured");
  const answer = await rego.ask(clause.demand.path, variables);
  if (!answer.ok) return away(answer.error.message);
  const { deny, warn } = answer.value;
  const breaches = (messages: readonly string[]): readonly { message: string; rule: undefined }[] =>
    messages.map((message) => ({ message, rule: undefined }));
  return [
    ...told(breaches(deny)).map(({ message }) => verdictOf(law, clause, given, message)),
    ...told(breaches(warn)).map(({ message }) => verdictOf(law, { ...clause, effect: "warns" }, given, message)),
  ];
}

/** The same names as in a ValidatingAdmissionPolicy, and two of ours: what goes to CEL is what goes to Rego. */
export function variablesOf(
  { object, oldObject, namespace, cluster, risk }: ObjectCase,
  input: LawInput,
): ClauseVariables {
  const named = kindOf(object ?? oldObject);
  const [group, version] = named === undefined ? ["", ""] : splitVersion(named.apiVersion);
  const operation = object === null ? "DELETE" : oldObject === null ? "CREATE" : "UPDATE";
  return {
    object,
    oldObject,
    request: {
      operation,
      name: input.policyName,
      namespace,
      kind: { group, version, kind: named?.kind ?? input.kind },
      userInfo: { username: input.author.subject, groups: [] },
      dryRun: false,
    },
    namespaceObject: { metadata: { name: namespace } },
    proposal: {
      cluster,
      namespace,
      origin: input.origin,
      author: input.author.subject,
      editors: input.editors.map(({ subject }) => subject),
      approvers: input.approvers.map(({ subject }) => subject),
      justification: input.justification,
      ticket: input.ticket,
      labels: [...input.labels],
      expiresAtMs: input.expiresAtMs ?? null,
      nowMs: input.nowMs,
      risk: risk ?? null,
    },
    dossier: input.dossier ?? null,
  };
}

function splitVersion(apiVersion: string): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}
