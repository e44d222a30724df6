import type { EgressPolicy } from "../../core/policy/model.ts";
import { formatPolicyName } from "../../core/policy/namespace-policies.ts";
import { isOnlyFor } from "../../core/policy/subject.ts";
import { quoted } from "../../core/quoted.ts";
import type { FindingView } from "../wire/list.ts";
import type { OtherObject } from "./judge-ports.ts";
import type { JudgeAsk } from "./judge.ts";
import type { LiveReading } from "./live-policies.ts";

type Place = Pick<OtherObject, "line" | "column">;

/**
 * What a proposal of a namespace may not hold: anything but one policy that is for this namespace alone. What is merged is applied as it
 * is, with whatever rights, and who may propose here may not do so elsewhere.
 */
export function misplaced(
  subjects: readonly EgressPolicy[],
  others: readonly OtherObject[],
  ask: JudgeAsk,
  live: LiveReading,
): readonly FindingView[] {
  const [first] = subjects;
  if (first === undefined) {
    const fix = "write an object such as `kind: EgressFirewall`";
    return [finding("judge_no_policy", "the text holds no egress policy", fix, undefined)];
  }
  return [...ofPolicies(first, subjects, ask), ...others.flatMap((other) => ofOther(other, ask, live))];
}

function finding(
  code: string,
  message: string,
  fix: string,
  at: { readonly line?: number | undefined; readonly column?: number | undefined } | undefined,
  severity: FindingView["severity"] = "error",
): FindingView {
  const place = at?.line === undefined ? {} : { line: at.line, column: at.column ?? 1 };
  return { code, severity, message, fix, ...place };
}

function ofPolicies(
  first: EgressPolicy,
  subjects: readonly EgressPolicy[],
  { namespace }: JudgeAsk,
): readonly FindingView[] {
  const names = new Set(subjects.map(formatPolicyName));
  const second = subjects.find((own) => formatPolicyName(own) !== formatPolicyName(first));
  if (second !== undefined) {
    const message = `the text holds ${names.size} policies, and a proposal is about one`;
    return [finding("judge_several_policies", message, "leave one, and propose the others on their own", second.at)];
  }
  if (subjects.every((policy) => isOnlyFor(policy, namespace))) return [];
  if (first.namespace !== "") {
    const message = `the policy is for namespace ${quoted(first.namespace)}, and the proposal is about ${quoted(namespace)}`;
    return [finding("judge_other_namespace", message, `write \`namespace: ${namespace}\``, first.at)];
  }
  const message = `the policy is not for namespace ${quoted(namespace)} alone, which the proposal is about`;
  const fix = `write \`namespace: ${namespace}\`, or for a kind of the whole cluster let \`kubernetes.io/metadata.name\` be this namespace`;
  return [finding("judge_other_namespace", message, fix, first.at)];
}

function ofOther(
  { kind, namespace, name, isContext, ...at }: OtherObject & Place,
  ask: JudgeAsk,
  { contextNames }: LiveReading,
): readonly FindingView[] {
  const what = kind === "" ? "something that is no object" : quoted(`${kind} ${name}`);
  if (!isContext) {
    const message = `the text also holds ${what}, and a proposal is about one policy`;
    return [finding("judge_other_object", message, "take it out", at)];
  }
  if (kind === "NetworkSet") {
    if (namespace === ask.namespace) return [];
    const message = `${what} is of another namespace than the proposal`;
    return [finding("judge_other_namespace", message, `write \`namespace: ${ask.namespace}\``, at)];
  }
  const isNew = !contextNames.has(`${kind}/${name}`);
  const isOwn = ask.baseManifest?.includes(name) === true;
  const message = `${what} is of the whole cluster, and policies of other namespaces may point to it`;
  if (isNew || isOwn) {
    return [finding("judge_shared_object", message, "see that no other policy means it", at, "warning")];
  }
  return [finding("judge_other_object", `${message} already`, "take it out, or give it another name", at)];
}
