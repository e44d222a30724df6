import type { StoredLaw } from "../state/law-book.ts";
import type { LawVerdict } from "../wire/proposals.ts";
import { judgeCases, type ObjectCase } from "./judge-cases.ts";
import type { LawAnswer, LawInput } from "./law-judge.ts";
import { type PolicyText, rememberedTexts, type WrittenPolicy } from "./policy-text.ts";
import { type LawReaders, type LawTextReading, lawOrFailure, readLawText } from "./read-law-text.ts";

/** Judges a change by the laws it is given. A policy of thousands of rules takes seconds, so a server asks one in another thread. */
export interface LawBench {
  judge(laws: readonly StoredLaw[], input: LawInput): Promise<LawAnswer>;
}

export function lawBench(readers: LawReaders): LawBench {
  const readTexts = rememberedTexts(readers.readManifests);
  const readLaws = rememberedLaws(readers);
  return {
    async judge(stored, input) {
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
      return judgeCases(inForce, cases, input, readers.rego, [...broken, ...unread]);
    },
  };
}

/** The answer where the laws could not be asked: nobody approves what they did not see. */
export function unasked(clause: string, message: string): LawAnswer {
  return {
    verdicts: [forbids(clause, "postern", message)],
    approvalsNeeded: 1,
    approvals: [],
    mayEditorsApprove: true,
    approvers: undefined,
    mayAutomate: false,
  };
}

function forbids(clause: string, law: string, message: string): LawVerdict {
  return { clause, law, effect: "forbids", message, rule: null, line: null };
}

function versionOf({ name, version }: StoredLaw): string {
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
  const risk = input.dossier?.risk.level;
  const caseOf = (own: WrittenPolicy | undefined, before: WrittenPolicy | undefined): ObjectCase => {
    const { namespace } = (own ?? before)!.policy;
    return {
      cluster,
      namespace: namespace === "" && isOfNamespace((own ?? before)!) ? input.namespace : namespace,
      policy: own?.policy,
      base: before?.policy,
      beside: text.policies.map((each) => each.policy),
      proposal: input,
      risk,
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
