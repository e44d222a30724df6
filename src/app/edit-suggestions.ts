import { alone } from "../core/policy/alone.ts";
import { areProvenEqual } from "../core/policy/compare.ts";
import { type CompiledRules, compile } from "../core/policy/compile.ts";
import type { EgressPolicy, Finding } from "../core/policy/model.ts";
import { printPolicy } from "../core/policy/print-policy.ts";
import { printedRulesOf } from "../core/policy/rule-edit.ts";
import { type EditPlan, planEdit } from "../pipeline/suggest/edit/plan-edit.ts";
import { type Verification, verifySuggestion } from "../pipeline/verify/verify-suggestion.ts";
import type { PolicyFiles } from "./policy-files.ts";
import { recordedWorld } from "./recorded-world.ts";
import { guardrailsFor } from "./suggest-context.ts";
import type { EditedRule, ManifestPort, SuggestRequest, Suggestion } from "./suggestion.ts";

/** Kinds whose rules are edited one by one; the others are written anew. */
const edited: ReadonlySet<EgressPolicy["kind"]> = new Set(["EgressFirewall", "EgressNetworkPolicy", "NetworkPolicy"]);

/**
 * Turns suggestions for namespaces that have such a policy in a file into the smallest change of that file's text: rules
 * that are still right keep their place, their comments and their bytes. The edited text is read back, must decide every
 * connection as the suggestion does, and is proven itself: the verification is of the text that is printed. Otherwise the
 * suggestion stays as it is.
 * @param request what the suggestions were learned from
 */
export async function editSuggestions(
  suggestions: readonly Suggestion[],
  request: SuggestRequest,
  files: PolicyFiles,
  manifests: ManifestPort,
): Promise<readonly Suggestion[]> {
  if (suggestions.every(({ replaces }) => replaces === undefined)) return suggestions;
  const results: Suggestion[] = [];
  const prove = proofFor(request);
  // One file in memory at a time.
  for (const suggestion of suggestions) results.push(await editSuggestion(suggestion, prove, files, manifests));
  return results;
}

type Prove = (suggestion: Suggestion, policy: EgressPolicy, findings: readonly Finding[]) => Verification;

/** Proves another text of a suggestion as its own text was proven. */
function proofFor({ harvest, facts, never }: SuggestRequest): Prove {
  const recorded = recordedWorld(harvest, facts);
  const { clusterNetworks } = recorded;
  const guardrails = guardrailsFor(never);
  return ({ namespace, impact, notLearned, notExpressible }, policy, findings) => {
    const leftOut = new Set(notLearned.map(({ edge }) => edge));
    const sanctioned = impact.flatMap(({ edge }) => (leftOut.has(edge) ? [] : edge));
    return verifySuggestion({
      policy,
      findings,
      baseline: { namespace, sanctioned, notLearned },
      exempt: new Set(notExpressible.map(({ edge }) => edge)),
      guardrails,
      compiled: compile(alone(policy), { excluded: clusterNetworks }),
      world: recorded.worldOf([policy]),
      clusterNetworks,
    });
  };
}

async function editSuggestion(
  suggestion: Suggestion,
  prove: Prove,
  files: PolicyFiles,
  manifests: ManifestPort,
): Promise<Suggestion> {
  const { replaces } = suggestion;
  if (replaces === undefined) return suggestion;
  const path = replaces.at.file;
  if (!edited.has(replaces.kind)) {
    const because = `rules of kind ${replaces.kind} are not changed one by one`;
    return { ...suggestion, edit: { kind: "rewritten", path, because } };
  }
  const outcome = await attempt(suggestion, replaces, prove, files, manifests);
  if (typeof outcome === "string") return { ...suggestion, edit: { kind: "rewritten", path, because: outcome } };
  return { ...suggestion, ...outcome };
}

/** Why it is not possible, as a sentence. */
async function attempt(
  suggestion: Suggestion,
  today: EgressPolicy,
  prove: Prove,
  files: PolicyFiles,
  manifests: ManifestPort,
): Promise<string | Pick<Suggestion, "manifest" | "verification" | "edit">> {
  const { policy: wanted, draft } = suggestion;
  const plan = planEdit(today, wanted, printedRulesOf(printPolicy(draft)));
  if (plan.kind === "rewrite") return plan.because;
  const path = today.at.file;
  if (path === "<stdin>") return "it came from standard input";
  const text = await files.readText(path);
  if (!text.ok) return text.error.message;
  const turn = files
    .policiesIn(path, text.value, {})
    .policies.findIndex(({ at }) => at.line === today.at.line && at.column === today.at.column);
  const changed = files.edit(path, text.value, [{ at: today.at, edits: plan.edits }]);
  if (!changed.ok) return changed.error.message;
  const place = files.policiesIn(path, changed.value, {}).policies[turn]?.at;
  const document = place === undefined ? undefined : files.documentAt(changed.value, place);
  if (document === undefined) return "its document is not where it was read";
  if (document.objects > 1) return "it stands in one document with other objects";
  const manifest = document.text.endsWith("\n") ? document.text : `${document.text}\n`;
  const { policy, findings } = manifests.read(manifest);
  if (policy?.notApplied !== undefined || policy === undefined) return "the edited text cannot be read back";
  const meaning = (own: EgressPolicy): CompiledRules => compile(alone(own));
  if (!areProvenEqual(meaning(policy), meaning(wanted))) return "the edited text would mean something else";
  const verification = prove(suggestion, policy, findings);
  if (!verification.passed) {
    const failed = verification.checks.find(({ passed }) => !passed)!;
    return `the edited text would fail its proof (${failed.name}: ${failed.detail})`;
  }
  return { manifest, verification, edit: { kind: "edited", path, policy, rules: toldRules(plan, today, wanted) } };
}

function toldRules(
  { rules, removed }: Extract<EditPlan, { kind: "edit" }>,
  today: EgressPolicy,
  wanted: EgressPolicy,
): readonly EditedRule[] {
  const replaced = new Set(rules.flatMap((rule) => (rule.from === "wanted" ? (rule.replaces ?? []) : [])));
  const gone = removed.filter((rule) => !replaced.has(rule));
  const told: EditedRule[] = [];
  let next = 0;
  const tellGone = (before: number): void => {
    for (; next < gone.length && gone[next]! < before; next += 1) {
      told.push({ state: "removed", text: textOf(today, gone[next]!), was: undefined });
    }
  };
  for (const rule of rules) {
    if (rule.from === "today") {
      tellGone(rule.rule);
      told.push({ state: "kept", text: textOf(today, rule.rule), was: undefined });
    } else if (rule.replaces === undefined)
      told.push({ state: "added", text: textOf(wanted, rule.rule), was: undefined });
    else {
      tellGone(rule.replaces);
      told.push({ state: "changed", text: textOf(wanted, rule.rule), was: textOf(today, rule.replaces) });
    }
  }
  tellGone(Infinity);
  return told;
}

function textOf({ rules }: EgressPolicy, written: number): string {
  const [first = "nothing", ...more] = rules.filter((rule) => rule.written === written).map(({ text }) => text);
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}
