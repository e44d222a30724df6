import type { HalfVerdict } from "../../../core/policy/effective.ts";
import type { ReplayVerdict } from "../../../pipeline/verify/replay.ts";

/** Why a verdict is unknown, and what would make it known; undefined when it is known. */
export function unknownReason({ kind, decidedBy, dependsOnLabels }: ReplayVerdict): string | undefined {
  if (kind !== "unknown") return undefined;
  if (dependsOnLabels && decidedBy.why !== "unknown-labels")
    return "the pod's labels are not known and a pod selector decides: give a cluster dump with `--cluster`";
  return halfReason(decidedBy);
}

export function halfReason({ why, text }: HalfVerdict): string {
  switch (why) {
    case "unresolved-name":
      return `no recorded flow shows the addresses behind \`${text}\`: give flows that carry names`;
    case "unresolved-nodes":
      return `the nodes' addresses are not known for \`${text}\`: give a cluster dump with \`--cluster\``;
    case "unresolved-pods":
      return `the pods' addresses are not known for \`${text}\`: give a cluster dump with \`--cluster\``;
    case "unresolved-destination":
      return `no recorded flow tells what \`${text}\` matches`;
    case "undefined-order":
      return `two policies of the same priority decide differently, and nothing says which is asked first: \`${text}\``;
    case "unknown-labels":
      return `the labels that decide whether \`${text}\` applies are not known: give a cluster dump with \`--cluster\``;
    case "not-applied":
      return text;
    case "two-policies":
      return text;
    case undefined:
      return text;
    default:
      return why satisfies never;
  }
}
