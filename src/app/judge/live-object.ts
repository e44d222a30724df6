import { contextKindOf } from "../../core/policy/kinds/calico/context.ts";
import { ownField } from "../../core/policy/manifest.ts";
import { policyKindOf } from "../../core/policy/read-policy.ts";
import type { LivePolicy } from "./cluster-reader.ts";

/**
 * An object of the API as a live policy; undefined for what is neither a policy nor pointed to by one. Kinds are called as in a draft
 * (`CalicoNetworkPolicy`), so that the two kinds of NetworkPolicy do not meet.
 * @param print as YAML
 */
export function liveObject(value: unknown, print: (value: unknown) => string): LivePolicy | undefined {
  const kind = policyKindOf(value) ?? contextKindOf(value);
  const name = textOf(ownField(value, "metadata"), "name");
  if (kind === undefined || name === "") return undefined;
  const namespace = textOf(ownField(value, "metadata"), "namespace");
  return {
    kind,
    name,
    namespace: namespace === "" ? undefined : namespace,
    manifest: print(asCommitted(value)),
    ...statusOf(value),
  };
}

/** What the cluster adds, and nobody commits. */
const addedMetadata: ReadonlySet<string> = new Set([
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "ownerReferences",
  "resourceVersion",
  "selfLink",
  "uid",
]);
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
const first: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "spec"]);

function asCommitted(value: unknown): unknown {
  const fields = fieldsOf(value);
  const metadata = fieldsOf(fields.metadata);
  const { annotations: _, name, namespace, labels, ...others } = metadata;
  const annotations = Object.entries(fieldsOf(metadata.annotations)).filter(([key]) => key !== lastApplied);
  const slim = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    ...Object.fromEntries(Object.entries(others).filter(([key]) => !addedMetadata.has(key))),
  };
  const rest = Object.entries(fields).filter(([key]) => !first.has(key) && key !== "status");
  const { apiVersion, kind, spec } = fields;
  return { apiVersion, kind, metadata: slim, ...(spec === undefined ? {} : { spec }), ...Object.fromEntries(rest) };
}

const notApplied = "not correctly applied";

/** What the controller says of the object, in its own words (policy-semantics §1.6 for the EgressFirewall). */
export function statusOf(value: unknown): Pick<LivePolicy, "status" | "isApplied"> {
  const status = ownField(value, "status");
  const text = textOf(status, "status");
  if (text !== "") {
    const messages = ownField(status, "messages");
    // One of each zone: what went wrong is told by those where it did.
    const failed = (Array.isArray(messages) ? messages : []).find(
      (message): message is string => typeof message === "string" && message.includes(notApplied),
    );
    return { status: failed ?? text, isApplied: failed === undefined && !text.includes(notApplied) };
  }
  const conditions = ownField(status, "conditions");
  if (!Array.isArray(conditions) || conditions.length === 0) return { status: "", isApplied: undefined };
  return conditionsOf(conditions, ownField(ownField(value, "metadata"), "generation"));
}

/** Of policies of the network-policy API and of Cilium: a condition for each zone, or whether the object is valid. */
function conditionsOf(conditions: readonly unknown[], generation: unknown): Pick<LivePolicy, "status" | "isApplied"> {
  const told = conditions.map((condition) => ({
    type: textOf(condition, "type"),
    isTrue: textOf(condition, "status") === "True",
    message: textOf(condition, "message") || textOf(condition, "reason"),
    observed: ownField(condition, "observedGeneration"),
  }));
  const failed = told.find(({ isTrue }) => !isTrue);
  if (failed !== undefined) return { status: `${failed.type}: ${failed.message}`, isApplied: false };
  const { type, message } = told[0]!;
  const isOld = ({ observed }: (typeof told)[number]): boolean =>
    typeof observed === "number" && typeof generation === "number" && observed < generation;
  const speaksOfZones = told.every((each) => each.type.startsWith("Ready-In-Zone-"));
  return {
    status: message === "" ? type : `${type}: ${message}`,
    isApplied: !speaksOfZones || told.some(isOld) ? undefined : true,
  };
}

function textOf(value: unknown, key: string): string {
  const text = ownField(value, key);
  return typeof text === "string" ? text : "";
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
