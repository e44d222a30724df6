import { approvalsNeeded, type ApprovalRequirement, approvalsOf } from "../../pipeline/propose/law/approvals.ts";
import { clausesInScope, judgeLaw, type LawInForce } from "../../pipeline/propose/law/judge-law.ts";
import type { LawCase } from "../../pipeline/propose/law/law-case.ts";
import type { StoredLaw } from "../state/law-book.ts";
import type { LawVerdict } from "../wire/proposals.ts";
import { askEngines } from "./ask-engines.ts";
import type { LawAnswer, LawInput, LawJudge } from "./law-judge.ts";
import { type PolicyText, rememberedTexts, type WrittenPolicy } from "./policy-text.ts";
import { type LawReaders, type LawTextReading, lawOrFailure, type ReadyLaw, readLawText } from "./read-law-text.ts";

export interface LawJudgeParts extends LawReaders {
  /** The newest version of each law. */
  readonly laws: () => Promise<readonly StoredLaw[]>;
}

/** Judges by the laws as they stand at the moment of asking. */
export function lawJudge(parts: LawJudgeParts): LawJudge {
  const readTexts = rememberedTexts(parts.readManifests);
  const readLaws = rememberedLaws(parts);
  return {
    async judge(input) {
      let stored: readonly StoredLaw[];
      try {
        stored = await parts.laws();
      } catch {
        const verdict = forbids(
          "laws-away",
          "postern",
          "the laws cannot be read now, so nothing can be approved: try again later",
        );
        return answerOf([], [verdict], []);
      }
      const read = stored.map((law) => ({ stored: law, reading: readLaws(law) }));
      const broken = read.flatMap(({ stored: law, reading }) => {
        const ready = lawOrFailure(reading);
        return ready.ok
          ? []
          : [forbids("law-unreadable", versionOf(law), `the law cannot be read: ${ready.error.message}`)];
      });
      const inForce = read.flatMap(({ stored: law, reading: { ready } }) =>
        ready === undefined ? [] : [{ law: ready.law, version: versionOf(law), ready }],
      );
      const text = readTexts(input.manifest);
      const cases = casesOf(input, text, readTexts(input.baseManifest ?? ""));
      const unread =
        text.unreadable === undefined || stored.length === 0
          ? []
          : [forbids("policy-unreadable", "postern", `the law cannot be asked, because ${text.unreadable}`)];
      const verdicts = await Promise.all(
        cases.flatMap((one) => inForce.map((law) => verdictsOf(law, one, input, parts))),
      );
      return answerOf(inForce, [...broken, ...unread, ...verdicts.flat()], cases);
    },
  };
}

export type LawToAsk = LawInForce & { readonly ready: ReadyLaw };

/** One object of a change, with the objects as they are written. */
export interface ObjectCase extends LawCase {
  readonly object: unknown;
  readonly oldObject: unknown;
}

async function verdictsOf(
  law: LawToAsk,
  given: ObjectCase,
  input: LawInput,
  parts: LawJudgeParts,
): Promise<readonly LawVerdict[]> {
  return [...judgeLaw(law, given), ...(await askEngines(law, given, input, parts))];
}

function forbids(clause: string, law: string, message: string): LawVerdict {
  return { clause, law, effect: "forbids", message, rule: null, line: null };
}

export function versionOf({ name, version }: StoredLaw): string {
  return `${name}@${version}`;
}

function rememberedLaws(readers: LawReaders): (law: StoredLaw) => LawTextReading {
  const known = new Map<string, { readonly text: string; readonly reading: LawTextReading }>();
  return (law) => {
    const key = versionOf(law);
    const before = known.get(key);
    if (before?.text === law.text) return before.reading;
    const reading = readLawText(`${law.name}.yaml`, law.text, readers);
    if (known.size > 100) known.clear();
    known.set(key, { text: law.text, reading });
    return reading;
  };
}

/** A change of each object that is in the text, and of those that were and are no more. */
function casesOf(input: LawInput, text: PolicyText, base: PolicyText): readonly ObjectCase[] {
  const keyOf = ({ policy: { kind, namespace, name } }: WrittenPolicy): string => `${kind} ${namespace} ${name}`;
  const old = new Map(base.policies.map((own) => [keyOf(own), own] as const));
  const now = new Set(text.policies.map(keyOf));
  const { cluster, nowMs } = input;
  const proposal = { ...input, risk: input.dossier?.risk.level };
  const caseOf = (own: WrittenPolicy | undefined, before: WrittenPolicy | undefined): ObjectCase => {
    const { namespace } = (own ?? before)!.policy;
    return {
      cluster,
      namespace: namespace === "" && isOfNamespace((own ?? before)!) ? input.namespace : namespace,
      policy: own?.policy,
      base: before?.policy,
      proposal,
      nowMs,
      object: own?.object ?? null,
      oldObject: before?.object ?? null,
    };
  };
  const kept = text.policies.map((own) => caseOf(own, old.get(keyOf(own))));
  const gone = text.unreadable === undefined ? base.policies.filter((own) => !now.has(keyOf(own))) : [];
  return [...kept, ...gone.map((own) => caseOf(undefined, own))];
}

/** Kinds of the whole cluster say nothing of a namespace; others get theirs from where they are applied. */
function isOfNamespace({ policy: { kind } }: WrittenPolicy): boolean {
  return [
    "EgressFirewall",
    "EgressNetworkPolicy",
    "NetworkPolicy",
    "CiliumNetworkPolicy",
    "CalicoNetworkPolicy",
  ].includes(kind);
}

function answerOf(laws: readonly LawInForce[], verdicts: readonly LawVerdict[], cases: readonly LawCase[]): LawAnswer {
  const approvals = uniqueRequirements(
    cases.flatMap((one) => laws.flatMap((law) => approvalsOf(law.law, law.version, one))),
  );
  const demands = cases.flatMap((one) => laws.flatMap((law) => clausesInScope(law, one)));
  const isSaid = (kind: string): boolean =>
    demands.some(({ demand, effect }) => demand.kind === kind && effect === "forbids");
  const isRefused = demands.some(({ demand }) => demand.kind === "automation" && !demand.isAllowed);
  const isGrouped = approvals.length > 0 && approvals.every(({ groups }) => groups.length > 0);
  const groups = [...new Set(approvals.flatMap((own) => own.groups))].toSorted();
  return {
    verdicts,
    approvalsNeeded: approvalsNeeded(approvals),
    approvals,
    mayEditorsApprove: !isSaid("separationOfDuties"),
    approvers: isGrouped ? { subjects: [], groups } : undefined,
    // Where people are asked for by name or number, the server is none of them.
    mayAutomate: !isRefused && approvals.length === 0 && !verdicts.some(({ effect }) => effect === "forbids"),
  };
}

function uniqueRequirements(all: readonly ApprovalRequirement[]): readonly ApprovalRequirement[] {
  return [...new Map(all.map((own) => [`${own.law}/${own.clause}`, own] as const)).values()];
}
