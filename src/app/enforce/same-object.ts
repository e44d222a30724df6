import { noClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import { diffPolicies } from "../diff-policies.ts";
import type { PolicyFiles } from "../policy-files.ts";

/**
 * Whether two texts of an object mean the same: word for word, or proven by what they allow and deny. Delivery tools add labels and order fields
 * anew, which changes nothing.
 */
export function isSameObject(texts: Pick<PolicyFiles, "policiesIn">, wanted: string, live: string): boolean {
  if (wanted.trim() === live.trim()) return true;
  const before = texts.policiesIn("wanted.yaml", wanted, {});
  const after = texts.policiesIn("live.yaml", live, {});
  const [own] = before.policies;
  const [other] = after.policies;
  if (own === undefined || other === undefined || before.policies.length + after.policies.length !== 2) return false;
  if (own.kind !== other.kind || own.name !== other.name || own.namespace !== other.namespace) return false;
  return diffPolicies({ before, after, facts: noClusterFacts }).isEqual;
}
