import { expressionOf, isEverything, selects } from "./label-selector.ts";
import type { EgressPolicy, LabelSelector } from "./model.ts";
import { atomsOf, fits, type SelectorExpression } from "./selector-expression.ts";

type Labels = Readonly<Record<string, string>>;

/** Labels that every namespace has, with its name: Kubernetes' own, and the one that Calico adds for its selectors. */
export const namespaceNameLabels: readonly string[] = ["kubernetes.io/metadata.name", "projectcalico.org/name"];

/** A pod as far as it is known; undefined labels are not known, which is not the same as none. */
export interface PodPlace {
  readonly namespace: string;
  readonly namespaceLabels: Labels | undefined;
  readonly labels: Labels | undefined;
}

/** Whether a policy is for a pod; undefined where that depends on labels that are not known. */
export function selectsPod(policy: EgressPolicy, pod: PodPlace): boolean | undefined {
  const inNamespace = selectsNamespace(policy, pod.namespace, pod.namespaceLabels);
  const pods = podsOf(policy);
  const isChosen = pods === undefined || isEverything(pods) ? true : pod.labels && isChosenBy(pods, pod.labels);
  if (inNamespace === false || isChosen === false) return false;
  return inNamespace === undefined || isChosen === undefined ? undefined : true;
}

/** What Calico puts on a pod from its service account, which nothing here tells; each of it stands for more than a label. */
function isOfServiceAccount(key: string): boolean {
  return key === "projectcalico.org/serviceaccount" || key.startsWith(serviceAccountPrefix);
}

/** Before each label of a service account, as Calico has it on its pods. */
export const serviceAccountPrefix = "pcsa.";

function isChosenBy(pods: LabelSelector, labels: Labels): boolean | undefined {
  const whole = expressionOf(pods);
  const isUntold = (part: SelectorExpression): boolean =>
    atomsOf(part).some((atom) => "key" in atom && isOfServiceAccount(atom.key));
  if (!isUntold(whole)) return selects(pods, labels);
  const parts = whole.kind === "and" ? whole.of : [whole];
  return parts.every((part) => isUntold(part) || fits(part, labels)) ? undefined : false;
}

/** Whether a policy is for some pods of a namespace; undefined where that depends on labels that are not known. */
export function selectsNamespace(
  policy: EgressPolicy,
  namespace: string,
  labels: Labels | undefined,
): boolean | undefined {
  if (policy.namespace !== "") return policy.namespace === namespace;
  const selector = policy.subject?.namespaces;
  if (selector === undefined || isEverything(selector)) return true;
  const named = Object.fromEntries(namespaceNameLabels.map((key) => [key, namespace]));
  if (labels !== undefined) return selects(selector, { ...labels, ...named });
  const aboutName = selector.requirements.filter(({ key }) => namespaceNameLabels.includes(key));
  if (!selects({ requirements: aboutName }, named)) return false;
  const isAll = aboutName.length === selector.requirements.length && selector.expression === undefined;
  return isAll ? true : undefined;
}

/** Whether a policy is for pods of one namespace and says so by its name. */
export function isOnlyFor({ namespace, subject }: EgressPolicy, only: string): boolean {
  if (namespace !== "") return namespace === only;
  return (subject?.namespaces?.requirements ?? []).some(
    ({ key, operator, values }) =>
      namespaceNameLabels.includes(key) && operator === "In" && values.length === 1 && values[0] === only,
  );
}

/** The pods of each namespace that a policy is for; undefined: all of them. */
export function podsOf(policy: EgressPolicy): LabelSelector | undefined {
  return policy.namespace === "" ? policy.subject?.pods : policy.podSelector;
}
