import type { NamespaceRef } from "../wire/list.ts";
import type { HostKind } from "./code-host.ts";

/** How a repository is laid out: where a new file goes, and what must name it so that it is deployed. */
export type Layout =
  /** A folder is deployed as it is. */
  | { readonly kind: "folders" }
  /** The folder of the file has a `kustomization.yaml` that lists it. */
  | { readonly kind: "kustomize" }
  /** Folder from the Application or ApplicationSet that deploys the namespace; both plain folders and Kustomize. */
  | {
      readonly kind: "argo-cd";
      /** Folder of the Applications in this repository. */
      readonly applications: string;
      /** Address of the API server by cluster, where Applications name it and not the cluster. */
      readonly servers: Readonly<Record<string, string>>;
    }
  /** The folder of the file is a bundle with a `fleet.yaml`. */
  | { readonly kind: "fleet" }
  /** A PolicyGenerator lists the file among the manifests of a policy. */
  | { readonly kind: "policy-generator"; readonly generator: string; readonly policy: string };

export interface RepositorySettings {
  /** A label, unique: part of the address of its webhook. */
  readonly name: string;
  readonly kind: HostKind;
  /** For people, without anything secret. */
  readonly url: string;
  readonly base: string;
  /** Patterns with `*`; the first repository that fits has the namespace. */
  readonly holds: readonly { readonly cluster: string; readonly namespace: string }[];
  readonly layout: Layout;
  /** Of a new file: `clusters/{cluster}/{namespace}/{kind}.yaml`. */
  readonly path: string;
  /** Folder in which an object that is there already is looked for; undefined: what of `path` comes before the namespace. */
  readonly search: string | undefined;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  /** Who may merge: people at the host alone, Postern when automation asks it to, Postern as soon as a proposal is approved. */
  readonly merge: "people" | "automation" | "always";
  readonly pollMs: number;
  /** Whether the repository's own CODEOWNERS are asked to review. */
  readonly codeOwners: boolean;
}

export function holdsNamespace({ holds }: Pick<RepositorySettings, "holds">, where: NamespaceRef): boolean {
  return holds.some(
    ({ cluster, namespace }) => matchesPattern(cluster, where.cluster) && matchesPattern(namespace, where.namespace),
  );
}

/** `*` stands for any characters. Linear: no pattern makes it slow. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === text;
  if (!text.startsWith(first)) return false;
  const last = rest.pop()!;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
