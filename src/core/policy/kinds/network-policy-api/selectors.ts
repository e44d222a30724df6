import { everyLabel, isEverything } from "../../label-selector.ts";
import type { Path } from "../../manifest.ts";
import type { LabelSelector, PolicySubject } from "../../model.ts";
import { field, type Fields, type Inspection } from "../inspection.ts";
import { readLabelSelector } from "../selector.ts";
import type { Dialect } from "./dialect.ts";

/** The pods of a `pods` field: both selectors; v1alpha2 lets the one for namespaces out, which means all of them. */
export function readPods(
  inspection: Inspection,
  value: unknown,
  path: Path,
  { kind }: Dialect,
): { readonly namespaces: LabelSelector; readonly pods: LabelSelector } | undefined {
  const fields = inspection.fields(value, path);
  if (fields === undefined) return undefined;
  inspection.unknownFields(fields, ["namespaceSelector", "podSelector"], path);
  const selector = (name: string): LabelSelector | undefined => {
    const written = field(fields, name);
    if (written !== undefined) return readLabelSelector(inspection, written, [...path, name], "anp_selector");
    if (name === "namespaceSelector" && kind === "ClusterNetworkPolicy") return everyLabel;
    inspection.missing(path, name);
    return undefined;
  };
  const namespaces = selector("namespaceSelector");
  const pods = selector("podSelector");
  return namespaces === undefined || pods === undefined ? undefined : { namespaces, pods };
}

/** `spec.subject`: undefined when it cannot be read, and the policy is then not in force. */
export function readSubject(inspection: Inspection, spec: Fields, dialect: Dialect): PolicySubject | undefined {
  const path: Path = ["spec", "subject"];
  const value = field(spec, "subject");
  if (value === undefined) {
    inspection.missing(["spec"], "subject");
    return undefined;
  }
  const subject = inspection.fields(value, path);
  if (subject === undefined) return undefined;
  inspection.unknownFields(subject, ["namespaces", "pods"], path);
  const namespaces = field(subject, "namespaces");
  const pods = field(subject, "pods");
  if ((namespaces === undefined) === (pods === undefined)) {
    const message = namespaces === undefined ? "the subject is empty" : "`namespaces` stands beside `pods`";
    inspection.report("anp_subject", path, message);
    return undefined;
  }
  if (pods !== undefined) {
    const read = readPods(inspection, pods, [...path, "pods"], dialect);
    return read === undefined ? undefined : { namespaces: known(read.namespaces), pods: known(read.pods) };
  }
  const selector = readLabelSelector(inspection, namespaces, [...path, "namespaces"], "anp_selector");
  return selector === undefined ? undefined : { namespaces: known(selector), pods: undefined };
}

/** The empty selector selects all, which the model says as undefined. */
function known(selector: LabelSelector): LabelSelector | undefined {
  return isEverything(selector) ? undefined : selector;
}
