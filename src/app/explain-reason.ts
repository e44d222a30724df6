import type { Action } from "../core/policy/model.ts";

interface Answer {
  readonly pods: string;
  readonly kind: Action | "unknown";
  readonly halves: readonly {
    readonly kind: Action | "unknown";
    readonly override: string | undefined;
    readonly doubts: readonly unknown[];
  }[];
}

/** Why the answer is unknown, and what would tell, as a sentence. */
export function reasonOf(cases: readonly Answer[], host: "address" | "name"): string {
  if (new Set(cases.map(({ kind }) => kind)).size > 1) {
    if (cases.some(({ pods }) => pods.includes(" of namespaces with "))) {
      return "it depends on labels of the pod or of its namespace: give a cluster dump with `--cluster`, and name the pod's with `--labels`";
    }
    return "it depends on the pod's labels: name them with `--labels`, or give `--workload` and a cluster dump with `--cluster`";
  }
  const halves = cases.flatMap(({ halves: both }) => both.filter(({ kind }) => kind === "unknown"));
  const override = halves.find((half) => half.override !== undefined)?.override;
  if (override !== undefined) return override;
  if (host === "name" && halves.every(({ doubts }) => doubts.length === 0)) {
    return "it depends on the addresses behind the name: ask for an address, or give recorded flows with `--flows`";
  }
  return "it depends on addresses that are not known: give recorded flows with `--flows` and a cluster dump with `--cluster`";
}
