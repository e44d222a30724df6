import type { FindingKind } from "./finding-kind.ts";

/** Said of every refusal: the API server keeps what it had. */
export const refusedEffect =
  "the API server refuses the object: an update leaves the old one in force, a new one leaves the namespace as it was";

/** What any Kubernetes object can get wrong. */
export const objectFindings = {
  object_shape: {
    severity: "error",
    consequence: "refused",
    title: "a field has the wrong type",
    effect: refusedEffect,
    fix: "write the field with the type its API has",
  },
  object_field_missing: {
    severity: "error",
    consequence: "refused",
    title: "a required field is missing",
    effect: refusedEffect,
    fix: "add the field",
  },
  object_field_unknown: {
    severity: "error",
    consequence: "kept",
    title: "the API has no such field",
    effect:
      "`oc apply` with its default validation refuses the object; any other way in drops the field silently and " +
      "applies what is left",
    fix: "correct the name or remove the field",
  },
  object_api_version: {
    severity: "error",
    consequence: "refused",
    title: "the kind does not exist in this API version",
    effect: "the API server has no such resource: nothing is stored",
    fix: "use the API version that serves the kind",
  },
  object_name: {
    severity: "error",
    consequence: "refused",
    title: "the name is missing or not a DNS subdomain",
    effect: refusedEffect,
    fix: "name it with lower-case letters, digits, `-` and `.`, at most 253 characters",
  },
  object_namespace: {
    severity: "error",
    consequence: "refused",
    title: "the namespace is not a DNS label",
    effect: refusedEffect,
    fix: "use an existing namespace: lower-case letters, digits and `-`, at most 63 characters",
  },
  object_namespace_missing: {
    severity: "warning",
    consequence: "kept",
    title: "the object does not say its namespace",
    effect: "whoever applies it decides where it acts: the current context, the pipeline or a kustomization",
    fix: "write `metadata.namespace`",
  },
  object_namespace_ignored: {
    severity: "note",
    consequence: "kept",
    title: "a namespace on an object of a kind that has none",
    effect: "the API server drops it: the object is for the whole cluster, as far as its subject says",
    fix: "remove `metadata.namespace`, and choose namespaces in the subject",
  },
  object_namespace_long: {
    severity: "note",
    consequence: "kept",
    title: "the namespace is too long for unambiguous audit log lines",
    effect:
      "OVN cuts the names of its ACLs at 63 characters, so the rule index in an audit log line is cut or missing for " +
      "namespaces longer than 58 characters",
    fix: "expect log lines that fit several rules, or use a shorter name for new namespaces",
  },
} as const satisfies Record<string, FindingKind>;
