import type { EgressPolicy } from "../../../core/policy/model.ts";
import { namespaceNameLabels } from "../../../core/policy/subject.ts";
import type { LawCase } from "./law-case.ts";
import type { LawScope } from "./law.ts";

/**
 * Whether a scope speaks of the change. A policy of the whole cluster is in it unless it says that it is only for others, and where nobody
 * says which cluster it is for, as in a check of files, it may be for any.
 */
export function isInScope(
  { clusters, namespaces, except, kinds }: LawScope,
  { cluster, namespace, policy, base }: LawCase,
): boolean {
  const object = policy ?? base;
  if (cluster !== "" && !isOneOf(clusters, cluster)) return false;
  if (kinds.length > 0 && (object === undefined || !kinds.includes(object.kind))) return false;
  const own = namespace === "" ? onlyFor(object) : [namespace];
  if (own === undefined) return true;
  return own.some((name) => isOneOf(namespaces, name) && !except.some((pattern) => fitsPattern(pattern, name)));
}

/** The namespaces that a policy of the whole cluster names; undefined where it may be for any. */
function onlyFor(policy: EgressPolicy | undefined): readonly string[] | undefined {
  const named = policy?.subject?.namespaces?.requirements.find(
    ({ key, operator }) => operator === "In" && namespaceNameLabels.includes(key),
  );
  return named?.values;
}

function isOneOf(patterns: readonly string[], name: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => fitsPattern(pattern, name));
}

/** `*` stands for any characters. Follows only the last star back, so it takes at most pattern × name steps. */
export function fitsPattern(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < name.length;) {
    if (pattern[at] === "*") {
      star = at;
      at += 1;
      resume = i;
    } else if (pattern[at] === name[i]) {
      at += 1;
      i += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      i = resume;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
