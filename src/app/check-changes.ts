import type { ObjectChange } from "../core/policy/compare-sets.ts";
import type { EgressPolicy } from "../core/policy/model.ts";
import { formatPolicyName } from "../core/policy/namespace-policies.ts";
import type { DiffReport } from "./diff-policies.ts";

export interface ChangedObject {
  readonly change: Exclude<ObjectChange, "unchanged">;
  readonly before: EgressPolicy | undefined;
  readonly after: EgressPolicy | undefined;
}

/**
 * Every object that changes. A comparison tells of one object under each name and namespace; in files several may have the same, such as
 * bases that get their namespace later, and any of them may be what is applied, so each of them counts.
 * @param valueOf the object that a policy was read from
 */
export function changedObjects(
  diff: DiffReport,
  before: readonly EgressPolicy[],
  after: readonly EgressPolicy[],
  valueOf: (policy: EgressPolicy) => unknown,
): readonly ChangedObject[] {
  const told = diff.namespaces
    .flatMap(({ objects }) => objects)
    .flatMap((own) => (own.change === "unchanged" ? [] : [{ ...own, change: own.change }]));
  const known = new Set(told.flatMap((own) => [own.before, own.after]));
  const olds = Map.groupBy(before, formatPolicyName);
  const news = Map.groupBy(after, formatPolicyName);
  const isHidden = (policy: EgressPolicy, same: readonly EgressPolicy[] | undefined): boolean =>
    !known.has(policy) && (policy.namespace === "" || (same?.length ?? 0) > 1);
  const text = (policy: EgressPolicy): string | undefined => JSON.stringify(valueOf(policy));
  const changed = after.flatMap((policy): readonly ChangedObject[] => {
    const name = formatPolicyName(policy);
    if (!isHidden(policy, news.get(name))) return [];
    const own = olds.get(name) ?? [];
    if (own.some((old) => text(old) === text(policy))) return [];
    const [old] = own;
    return [{ change: old === undefined ? "added" : "rewritten", before: old, after: policy }];
  });
  const removed = before.flatMap((policy): readonly ChangedObject[] =>
    !isHidden(policy, undefined) || news.has(formatPolicyName(policy))
      ? []
      : [{ change: "removed", before: policy, after: undefined }],
  );
  return [...told, ...changed, ...removed];
}
