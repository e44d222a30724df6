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
  const isChosen = pods === undefined || isEverything(pods) ? true : pod.labels && isChosenBy(pods, pod, pod.labels);
  if (inNamespace === false || isChosen === false) return false;
  return inNamespace === undefined || isChosen === undefined ? undefined : true;
}

/** Before each label of a service account, as Calico has it on its pods. */
export const serviceAccountPrefix = "pcsa.";
/** Before each label of a namespace, as Cilium has it on the pods there. */
export const ciliumNamespacePrefix = "io.cilium.k8s.namespace.labels.";
const namespacePrefixes = [ciliumNamespacePrefix, "pcns."];
/** What Calico calls the namespace of a pod. */
const calicoNamespace = "projectcalico.org/namespace";

/** What Calico and Cilium put on a pod and nothing here tells: its service account, its cluster, labels of containers. */
function isUntoldKey(key: string): boolean {
  if (key === "projectcalico.org/serviceaccount" || key.startsWith(serviceAccountPrefix)) return true;
  // Identities of Cilium's own, `reserved:host`, are never those of pods.
  return (key.includes(":") && !key.startsWith("reserved:")) || key.startsWith("io.cilium.k8s.policy.");
}

/** A label that a pod has from its namespace; undefined for any other key. */
function fromNamespace(key: string, { namespace, namespaceLabels }: PodPlace): "untold" | Labels | undefined {
  if (key === calicoNamespace) return { [key]: namespace };
  const prefix = namespacePrefixes.find((each) => key.startsWith(each));
  if (prefix === undefined) return undefined;
  const name = key.slice(prefix.length);
  if (namespaceNameLabels.includes(name)) return { [key]: namespace };
  if (namespaceLabels === undefined) return "untold";
  return Object.hasOwn(namespaceLabels, name) ? { [key]: namespaceLabels[name]! } : {};
}

function isChosenBy(pods: LabelSelector, pod: PodPlace, labels: Labels): boolean | undefined {
  const whole = expressionOf(pods);
  const untold = new Set<string>();
  const added: (readonly [string, string])[] = [];
  for (const atom of atomsOf(whole)) {
    if (!("key" in atom)) continue;
    const told = isUntoldKey(atom.key) ? "untold" : fromNamespace(atom.key, pod);
    if (told === "untold") untold.add(atom.key);
    else if (told !== undefined) added.push(...Object.entries(told));
  }
  const known: Labels = added.length === 0 ? labels : { ...labels, ...Object.fromEntries(added) };
  if (untold.size === 0) return selects(pods, known);
  const isUntold = (part: SelectorExpression): boolean =>
    atomsOf(part).some((atom) => "key" in atom && untold.has(atom.key));
  const parts = whole.kind === "and" ? whole.of : [whole];
  return parts.every((part) => isUntold(part) || fits(part, known)) ? undefined : false;
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
