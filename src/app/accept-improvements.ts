import type { EgressPolicy } from "../core/policy/model.ts";
import { type RuleEdit, touchedRules } from "../core/policy/rule-edit.ts";
import type { Guardrail } from "../pipeline/baseline/guardrails.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { Edge } from "../pipeline/flows/edge.ts";
import type { Improvement } from "../pipeline/verify/optimise/improvement.ts";
import { failedPromise } from "../pipeline/verify/optimise/prove-change.ts";
import type { PolicyFiles } from "./policy-files.ts";
import type { PolicyReadOptions } from "./policy-source.ts";
import type { RecordedWorld } from "./recorded-world.ts";

export interface AcceptContext {
  readonly policies: readonly EgressPolicy[];
  readonly texts: ReadonlyMap<string, string>;
  readonly files: PolicyFiles;
  readonly options: PolicyReadOptions;
  readonly world: RecordedWorld;
  readonly facts: ClusterFacts;
  readonly guardrails: readonly Guardrail[];
  readonly allowedToday: ReadonlyMap<string, readonly Edge[]>;
}

/** Changes that hold together, and why others do not. */
export interface Accepted {
  readonly accepted: ReadonlySet<Improvement>;
  readonly refused: ReadonlyMap<Improvement, string>;
  /** Files that change, with all accepted changes made. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Takes as many of the changes as keep their promises together. All of a policy are tried at once; where that fails they
 * are halved, so that one that cannot be kept costs few proofs. Of two that touch one rule the first is taken.
 */
export function acceptImprovements(improvements: readonly Improvement[], context: AcceptContext): Accepted {
  const accepted = new Set<Improvement>();
  const refused = new Map<Improvement, string>();
  const texts = new Map<string, string>();
  const byPolicy = Map.groupBy(
    improvements.filter(({ mend }) => mend.kind === "edits"),
    ({ policy }) => policy,
  );
  for (const [policy, own] of byPolicy) {
    const { file } = policy.at;
    const attempt = new Attempt(policy, texts.get(file) ?? context.texts.get(file)!, context);
    attempt.take(withoutClashes(own), refused);
    for (const one of attempt.taken) accepted.add(one);
    if (attempt.text !== undefined) texts.set(policy.at.file, attempt.text);
  }
  return { accepted, refused, texts };
}

/** Changes of rules that an earlier change touches wait for the next round. */
function withoutClashes(improvements: readonly Improvement[]): readonly Improvement[] {
  const touched = new Set<number>();
  return improvements.filter((improvement) => {
    const own = touchedRules(editsOf(improvement));
    if ([...own].some((rule) => touched.has(rule))) return false;
    for (const rule of own) touched.add(rule);
    return true;
  });
}

function editsOf({ mend }: Improvement): readonly RuleEdit[] {
  return mend.kind === "edits" ? mend.edits : [];
}

class Attempt {
  readonly taken: Improvement[] = [];
  /** The file with everything taken; undefined when nothing was. */
  text: string | undefined;
  readonly #policy: EgressPolicy;
  readonly #from: string;
  readonly #index: number;
  readonly #context: AcceptContext;

  /** @param text the file as other changes have left it, which may have moved the object but not its turn */
  constructor(policy: EgressPolicy, text: string, context: AcceptContext) {
    this.#policy = policy;
    this.#from = text;
    this.#context = context;
    const { line, column } = policy.at;
    const asFound = this.#policiesOf(context.texts.get(policy.at.file)!);
    this.#index = asFound.findIndex(({ at }) => at.line === line && at.column === column);
  }

  take(improvements: readonly Improvement[], refused: Map<Improvement, string>): void {
    if (improvements.length === 0) return;
    const together = [...this.taken, ...improvements];
    const outcome = this.#try(together);
    if (outcome.ok) {
      this.taken.push(...improvements);
      this.text = outcome.text;
      return;
    }
    const [only, ...others] = improvements;
    if (others.length === 0) {
      refused.set(only!, outcome.because);
      return;
    }
    const half = Math.ceil(improvements.length / 2);
    this.take(improvements.slice(0, half), refused);
    this.take(improvements.slice(half), refused);
  }

  #try(
    improvements: readonly Improvement[],
  ): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly because: string } {
    const { files, policies, world, allowedToday } = this.#context;
    const { at } = this.#policiesOf(this.#from)[this.#index]!;
    const edited = files.edit(at.file, this.#from, [{ at, edits: improvements.flatMap(editsOf) }]);
    if (!edited.ok) return { ok: false, because: edited.error.message };
    const after = this.#policiesOf(edited.value)[this.#index];
    if (after === undefined) return { ok: false, because: "the edited text cannot be read back" };
    const others = policies.filter(({ namespace }) => namespace === this.#policy.namespace || namespace === "");
    const because = failedPromise(
      this.#policy,
      after,
      improvements.flatMap(({ mend }) => (mend.kind === "edits" ? mend.promise : [])),
      {
        ...this.#context,
        clusterNetworks: world.clusterNetworks,
        resolve: world.resolve,
        allowedToday: allowedToday.get(this.#policy.namespace) ?? [],
        worldWith: (changed) => world.worldOf(others.map((own) => (own === this.#policy ? changed : own))),
      },
    );
    return because === undefined ? { ok: true, text: edited.value } : { ok: false, because };
  }

  #policiesOf(text: string): readonly EgressPolicy[] {
    return this.#context.files.policiesIn(this.#policy.at.file, text, this.#context.options).policies;
  }
}
