import { isSubsetIp } from "../../../core/net/ip-set.ts";
import { analysePolicy } from "../../../core/policy/analyse-policy.ts";
import type { FindingCode } from "../../../core/policy/findings/catalogue.ts";
import type { EgressPolicy } from "../../../core/policy/model.ts";
import { indexGuardrails, type Guardrail } from "../../baseline/guardrails.ts";
import type { Improvement } from "./improvement.ts";

const dead: ReadonlySet<string> = new Set<FindingCode>([
  "rule_shadowed",
  "rule_contradicted",
  "rule_redundant",
  "np_rule_redundant",
]);

/**
 * Rules without which every connection has the same verdict. A deny that stands for a guardrail is left alone, although the
 * catch-all denies it as well: it is there for the day somebody writes a broad allow behind it.
 */
export function deadRules(policy: EgressPolicy, guardrails: readonly Guardrail[]): readonly Improvement[] {
  const { sets } = indexGuardrails(guardrails);
  const placed = new Map(policy.ruleLocations.map((at, written) => [`${at.line} ${at.column} ${at.path}`, written]));
  const found = analysePolicy(policy).flatMap(({ code, at, message }): readonly Improvement[] => {
    if (!dead.has(code)) return [];
    const rule = placed.get(`${at.line} ${at.column} ${at.path}`);
    if (rule === undefined) return [];
    const own = policy.rules.filter(({ written }) => written === rule);
    const guards = own.every(
      ({ action, to }) =>
        action === "deny" && to.kind === "addresses" && sets.some((set) => isSubsetIp(to.addresses, set)),
    );
    if (guards) return [];
    // What a contradicted rule means to do does not happen: only its author knows which of the two is wrong.
    if (code === "rule_contradicted") {
      const because = "removing it would only hide what it means to do: put it first, or remove it by hand";
      return [{ code, policy, rule, message, mend: { kind: "none", because } }];
    }
    const edits = [{ kind: "remove", rule } as const];
    return [
      {
        code: code as FindingCode,
        policy,
        rule,
        message,
        mend: { kind: "edits", edits, promise: { kind: "same" }, text: "remove it" },
      },
    ];
  });
  return found;
}
