import type { EgressPolicy } from "../../core/policy/model.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { RuleReason } from "../../pipeline/suggest/draft-input.ts";
import { editSuggestions } from "../edit-suggestions.ts";
import type { Failure } from "../failure.ts";
import type { PolicyFiles } from "../policy-files.ts";
import { textDigest } from "../proposals/text-digest.ts";
import { type Suggestion, suggestPolicies, type SuggestRequest } from "../suggest-policies.ts";
import { dossierOf } from "./dossier-of.ts";
import type { JudgePorts } from "./judge-ports.ts";
import type { Drafted, SuggestAsk } from "./judge.ts";
import { type LiveReading, withContext } from "./live-policies.ts";
import type { NamespaceEvidence } from "./namespace-evidence.ts";
import { replaced } from "./replaced.ts";
import type { ReasonOf } from "./rule-evidence.ts";

/** Where a base that somebody gave stands, for messages. */
export const basePath = "base.yaml";

/** Learns and drafts as `postern suggest` does; the text is the smallest change of the base's where that is proven. */
export async function suggestDraft(
  ask: SuggestAsk,
  evidence: NamespaceEvidence,
  live: LiveReading,
  ports: JudgePorts,
): Promise<Result<Drafted, Failure>> {
  const { namespace, kind, posture, baseManifest } = ask;
  if (evidence.edges.length === 0) return fail(nothingRecorded(namespace));
  const base =
    baseManifest === undefined
      ? []
      : ports.texts.policiesIn(basePath, withContext(baseManifest, live.context), {}).policies;
  const existing = replaced(live.policies, base);
  const request: SuggestRequest = {
    harvest: evidence.harvest,
    facts: evidence.facts,
    kind,
    posture,
    namespaces: [namespace],
    existing,
    never: ports.never,
    knowledge: ports.knowledge,
  };
  const result = suggestPolicies(request, ports.manifests);
  const [refused] = result.refused;
  if (refused !== undefined) {
    return fail({
      code: "suggestion_refused",
      message: `the policy that was learned for \`${namespace}\` failed its own proof: ${refused.failures.join("; ")}`,
    });
  }
  const textOf = new Map(live.objects.map(({ path, live: own }) => [path, own.manifest]));
  if (baseManifest !== undefined) textOf.set(basePath, baseManifest);
  const [suggestion] = await editSuggestions(result.suggestions, request, filesOf(textOf, ports), ports.manifests);
  if (suggestion === undefined) return fail(nothingRecorded(namespace));
  return ok(draftedOf(suggestion, existing, textOf, evidence));
}

function nothingRecorded(namespace: string): Failure {
  const message = `no recorded flow leaves the cluster from \`${namespace}\`, so there is nothing to learn; wait for traffic, or check the sources`;
  return { code: "nothing_recorded", message };
}

function filesOf(textOf: ReadonlyMap<string, string>, { texts }: JudgePorts): PolicyFiles {
  return {
    ...texts,
    readText: (path) => {
      const text = textOf.get(path);
      const message = `\`${path}\` is no text that is known here`;
      return Promise.resolve(text === undefined ? fail({ code: "manifest_not_found", message }) : ok(text));
    },
    replace: () => {
      throw new Error("texts of the judge stand in no file");
    },
  };
}

function draftedOf(
  suggestion: Suggestion,
  existing: readonly EgressPolicy[],
  textOf: ReadonlyMap<string, string>,
  evidence: NamespaceEvidence,
): Drafted {
  const { kind, manifest, replaces, edit, verification, notLearned, notExpressible, cautions, readiness } = suggestion;
  const subject = edit?.kind === "edited" ? edit.policy : suggestion.policy;
  const baseText = replaces === undefined ? undefined : textOf.get(replaces.at.file);
  const before = evidence.judgedOnce(existing);
  const after = evidence.judgedOnce(replaced(existing, [subject], replaces === undefined ? [] : [replaces]));
  const rewritten =
    edit?.kind === "rewritten" ? [`the rules are written anew, not edited in place: ${edit.because}`] : [];
  const dossier = dossierOf({
    evidence,
    before,
    after,
    subject,
    reasonOf: reasonsOf(suggestion, subject),
    checks: verification.checks,
    notLearned: [...notExpressible, ...notLearned],
    cautions: [...rewritten, ...cautions],
    readiness,
  });
  return {
    kind,
    policyName: subject.name,
    title: titleOf(suggestion),
    manifest,
    baseManifest: baseText,
    baseDigest: baseText === undefined ? undefined : textDigest(baseText),
    dossier,
  };
}

function titleOf({ namespace, kind, replaces, edit, choices, reasons }: Suggestion): string {
  const learned = reasons.filter(({ why }) => why === "learned").length;
  if (replaces === undefined) {
    const services = choices.length === 1 ? "1 service" : `${choices.length} services`;
    return `Allow ${services} from ${namespace} and deny the rest`;
  }
  if (edit?.kind === "edited") {
    const count = (state: string): number => edit.rules.filter((rule) => rule.state === state).length;
    const told = (["added", "changed", "removed"] as const).flatMap((state) =>
      count(state) === 0 ? [] : [`${count(state)} ${state}`],
    );
    const what = told.length === 0 ? "nothing changes" : `rules: ${told.join(", ")}`;
    return `Change ${kind} of ${namespace}, ${what}`;
  }
  return `Replace ${kind} of ${namespace} by ${learned} learned ${learned === 1 ? "rule" : "rules"}`;
}

/** Rules of an edited text stand elsewhere than those that were drafted; those that say the same have the same reason. */
function reasonsOf({ policy, reasons }: Suggestion, subject: EgressPolicy): ReasonOf {
  if (subject === policy) return (written) => reasonText(reasons[written]);
  const byText = new Map(reasons.map((reason, written) => [ruleText(policy, written), reason]));
  return (written) => reasonText(byText.get(ruleText(subject, written)));
}

function ruleText({ rules }: EgressPolicy, written: number): string {
  return rules
    .filter((rule) => rule.written === written)
    .map(({ text }) => text)
    .join("\n");
}

function reasonText(reason: RuleReason | undefined): ReturnType<ReasonOf> {
  if (reason === undefined) return undefined;
  const { text, choices, evidence } = reason;
  const [choice] = choices;
  const chosen = choice === undefined ? text : `${choice.form.title}, because ${choice.because}`;
  const attention = evidence?.attention;
  return {
    reason: attention === undefined ? chosen : `${chosen}; ${attention}`,
    service: [...new Set(choices.map(({ use }) => use.service.title))].join(", "),
    runnerUp: choices
      .flatMap(({ runnerUp }) => (runnerUp === undefined ? [] : [`${runnerUp.form.title}: ${runnerUp.because}`]))
      .join("; "),
  };
}
