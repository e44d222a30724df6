import { alone } from "../../core/policy/alone.ts";
import { areProvenEqual } from "../../core/policy/compare.ts";
import { compile } from "../../core/policy/compile.ts";
import { formatLabelSelector } from "../../core/policy/label-selector.ts";
import type { EgressPolicy } from "../../core/policy/model.ts";
import type { RepositoryYaml } from "./repository-yaml.ts";

/** The one policy of a text; undefined when it is none, or several. */
export function policyIn(yaml: RepositoryYaml, text: string): EgressPolicy | undefined {
  const { policies } = yaml.policiesIn("policy.yaml", text, {});
  return policies.length === 1 ? policies[0] : undefined;
}

/** Whether two texts are proven to decide every connection alike; what cannot be read is equal only to its own bytes. */
export function isSamePolicy(yaml: RepositoryYaml, a: string, b: string): boolean {
  if (a.trim() === b.trim()) return true;
  const [one, other] = [policyIn(yaml, a), policyIn(yaml, b)];
  return one !== undefined && other !== undefined && areSamePolicies(one, other);
}

export function areSamePolicies(one: EgressPolicy, other: EgressPolicy): boolean {
  const selects = ({ podSelector }: EgressPolicy): string => formatLabelSelector(podSelector ?? { requirements: [] });
  return (
    one.kind === other.kind &&
    one.isolates === other.isolates &&
    (one.notApplied === undefined) === (other.notApplied === undefined) &&
    selects(one) === selects(other) &&
    areProvenEqual(compile(alone(one)), compile(alone(other)))
  );
}
