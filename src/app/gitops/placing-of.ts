import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { Placing } from "./layouts/placing.ts";
import type { OpenRepository } from "./repositories.ts";
import type { RepositoryYaml } from "./repository-yaml.ts";
import { treeAt } from "./tree.ts";

const kindsOfCluster: ReadonlySet<string> = new Set([
  "AdminNetworkPolicy",
  "BaselineAdminNetworkPolicy",
  "ClusterNetworkPolicy",
  "CiliumClusterwideNetworkPolicy",
  "CalicoGlobalNetworkPolicy",
]);

/** Where a proposal's object is looked for and put, at one commit. */
export function placingOf(
  { git, settings }: Pick<OpenRepository, "git" | "settings">,
  yaml: RepositoryYaml,
  { cluster, namespace, kind, policyName: name }: Proposal,
  commit: string,
): Placing {
  const object = { cluster, namespace: kindsOfCluster.has(kind) ? "" : namespace, kind, name };
  return { tree: treeAt(git, commit), yaml, settings, object };
}
