import { quoted } from "../../../quoted.ts";
import { selectorOf } from "../../label-selector.ts";
import type { Path } from "../../manifest.ts";
import type { LabelSelector } from "../../model.ts";
import {
  allOf,
  always,
  atomsOf,
  fits,
  mapAtoms,
  never,
  type SelectorAtom,
  type SelectorExpression,
} from "../../selector-expression.ts";
import type { Inspection } from "../inspection.ts";
import { parseSelector } from "./parse-selector.ts";

/** The label by which Kubernetes tells a namespace's name. */
export const namespaceName = "kubernetes.io/metadata.name";
/** What Calico calls the same: a label of namespaces that it knows without being told. */
export const namespaceLabel = "projectcalico.org/name";
const namespaceOfPod = "projectcalico.org/namespace";
const orchestrator = "projectcalico.org/orchestrator";

/** @returns undefined for what cannot be read: the API server refuses the object then */
export function readSelector(inspection: Inspection, value: unknown, path: Path): SelectorExpression | undefined {
  const text = inspection.text(value, path);
  if (text === undefined) return undefined;
  const parsed = parseSelector(text);
  if (parsed.ok) return parsed.value;
  const { message, column } = parsed.error;
  inspection.report("calico_selector", path, `${quoted(text)} is not a selector: at column ${column}, ${message}`);
  return undefined;
}

/** `global()` where only a namespace selector can have it. */
export function hasGlobal(expression: SelectorExpression): boolean {
  return atomsOf(expression).some(({ kind }) => kind === "global");
}

/** A namespace selector, for objects that stand in a namespace: `all()` is true there and `global()` is not. */
export function inNamespaces(expression: SelectorExpression): SelectorExpression {
  return mapAtoms(expression, (atom) => {
    if (atom.kind === "global") return never;
    return "key" in atom && atom.key === namespaceLabel ? { ...atom, key: namespaceName } : atom;
  });
}

/** A selector for pods of one namespace: what it says about their namespace is true or not. */
export function inNamespace(expression: SelectorExpression, namespace: string): SelectorExpression {
  return mapAtoms(expression, (atom) => {
    if (!("key" in atom) || atom.key !== namespaceOfPod) return atom;
    return fits(atom, { [namespaceOfPod]: namespace }) ? always : never;
  });
}

/** A namespace selector, for objects that stand in none: only `global()`, and what holds without labels, selects them. */
export function includesGlobal(expression: SelectorExpression): boolean {
  const known = mapAtoms(expression, ({ kind }) => (kind === "global" ? always : never));
  return fits(known, {});
}

/** Whether a namespace's name alone tells whether the selector selects it. */
export function selectsNamespace(expression: SelectorExpression, namespace: string): boolean | "unknown" {
  const isTold = atomsOf(expression).every((atom) => atom.kind === "global" || atom.key === namespaceName);
  return isTold ? fits(expression, { [namespaceName]: namespace }) : "unknown";
}

export interface PodSelection {
  readonly namespaces: LabelSelector;
  readonly pods: LabelSelector;
}

/**
 * Pods that an expression selects, in the words of Kubernetes: what Calico says about the namespace by a label of the pod
 * is a matter of the namespace.
 * @param namespaces of the pods, already told
 */
export function podSelection(expression: SelectorExpression, namespaces: SelectorExpression): PodSelection {
  const known = mapAtoms(expression, knownOfPods);
  const parts = known.kind === "and" ? known.of : [known];
  const isOfNamespace = (part: SelectorExpression): boolean => {
    const atoms = atomsOf(part);
    return atoms.length > 0 && atoms.every((atom) => "key" in atom && atom.key === namespaceOfPod);
  };
  const told = parts.filter(isOfNamespace).map((part) => mapAtoms(part, toNamespaceName));
  return {
    namespaces: selectorOf(allOf([namespaces, ...told])),
    pods: selectorOf(allOf(parts.filter((part) => !isOfNamespace(part)))),
  };
}

/** Every pod stands in a namespace and is Kubernetes' own. */
function knownOfPods(atom: SelectorAtom | { readonly kind: "all" }): SelectorExpression {
  if (!("key" in atom)) return atom;
  if (atom.key === namespaceOfPod && atom.kind === "has") return always;
  if (atom.key === orchestrator) return fits(atom, { [orchestrator]: "k8s" }) ? always : never;
  return atom;
}

function toNamespaceName(atom: SelectorAtom | { readonly kind: "all" }): SelectorExpression {
  return "key" in atom ? { ...atom, key: namespaceName } : atom;
}
