import { fail, ok, type Result } from "../../core/result.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { Failure } from "../failure.ts";
import type { GitRepository } from "./code-host.ts";
import { commitMessage, isCommitFor } from "./commit-message.ts";
import { branchOf } from "./delivery-parts.ts";
import type { Placing } from "./layouts/placing.ts";
import { objectInRepository, type PlacedPolicy, placePolicy } from "./place-policy.ts";
import type { OpenRepository } from "./repositories.ts";
import type { RepositoryYaml } from "./repository-yaml.ts";
import { type FileEdit, treeAt } from "./tree.ts";
import { isConflict } from "./write-into-file.ts";

export type Brought =
  | { readonly kind: "brought"; readonly commit: string; readonly placed: PlacedPolicy; readonly isPushed: boolean }
  /** A person's commits stand on the branch: it is theirs now. */
  | { readonly kind: "taken-over"; readonly head: string }
  /** The repository holds something that nobody reviewed the change against. */
  | { readonly kind: "conflict"; readonly path: string }
  /** The base has it already. */
  | { readonly kind: "there"; readonly commit: string; readonly path: string };

/**
 * Brings the proposal's text onto its branch, once: a further commit on what this server pushed before, anew on the base where
 * that moved below the same files, and nothing at all where the branch holds it already. Expects a fetched repository.
 * @param base head of the base branch
 */
export async function bringBranch(
  { git, settings, authorEmail }: OpenRepository,
  yaml: RepositoryYaml,
  proposal: Proposal,
  base: string,
  signal: AbortSignal,
): Promise<Result<Brought, Failure>> {
  const branch = branchOf(proposal);
  const head = await git.branchHead(branch);
  if (!head.ok) return head;
  if (head.value !== undefined) {
    const own = await isOwnBranch(git, branch, authorEmail, proposal.id);
    if (!own.ok) return own;
    if (!own.value) return ok({ kind: "taken-over", head: head.value });
  }
  const { cluster, namespace, kind, policyName: name, manifest, baseManifest } = proposal;
  const placing: Placing = {
    tree: treeAt(git, base),
    yaml,
    settings,
    object: { cluster, namespace: isOfCluster(proposal) ? "" : namespace, kind, name },
  };
  const today = await objectInRepository(placing);
  if (!today.ok) return today;
  const text = today.value === undefined ? undefined : yaml.documentAt(today.value.text, today.value.object.at)?.text;
  if (isConflict(yaml, text, baseManifest, manifest)) {
    return ok({ kind: "conflict", path: today.value?.path ?? settings.path });
  }
  const placed = await placePolicy(placing, manifest.trim() === "" ? "" : manifest, baseManifest);
  if (!placed.ok) return placed;
  if (placed.value.files.length === 0 && head.value === undefined) {
    return ok({ kind: "there", commit: base, path: placed.value.path });
  }
  const from = await git.mergeBase(branch);
  if (!from.ok) return from;
  const hasMoved = head.value !== undefined && from.value !== base;
  if (hasMoved) {
    const isCurrent = await holdsAll(git, head.value, from.value, base, placed.value.files);
    if (!isCurrent.ok) return isCurrent;
    if (isCurrent.value) return ok({ kind: "brought", commit: head.value, placed: placed.value, isPushed: false });
  }
  const commit = await git.commitAndPush(
    {
      branch,
      parent: hasMoved ? base : (head.value ?? base),
      from: base,
      expectedHead: head.value,
      message: commitMessage(proposal),
      files: placed.value.files,
      atMs: approvedAtMs(proposal),
    },
    signal,
  );
  if (!commit.ok) return commit;
  return ok({ kind: "brought", commit: commit.value, placed: placed.value, isPushed: commit.value !== head.value });
}

/** Whether every commit of a branch is one that this server made for the proposal. */
export async function isOwnBranch(
  git: GitRepository,
  branch: string,
  authorEmail: string,
  id: string,
): Promise<Result<boolean, Failure>> {
  const commits = await git.commitsOn(branch);
  if (!commits.ok) return fail(commits.error);
  return ok(commits.value.every((commit) => commit.authorEmail === authorEmail && isCommitFor(commit.message, id)));
}

/** The branch has the files as they are to be, and the base did not touch them since. */
async function holdsAll(
  git: GitRepository,
  head: string,
  from: string | undefined,
  base: string,
  files: readonly FileEdit[],
): Promise<Result<boolean, Failure>> {
  if (from === undefined) return ok(false);
  for (const { path, text } of files) {
    const [now, before, after] = await Promise.all([
      git.readFile(head, path),
      git.readFile(from, path),
      git.readFile(base, path),
    ]);
    for (const read of [now, before, after]) if (!read.ok) return read;
    if (!now.ok || !before.ok || !after.ok) return ok(false);
    if (now.value !== text || before.value !== after.value) return ok(false);
  }
  return ok(files.length > 0);
}

/** When this revision was decided: the same for every try, so that the commit is the same. */
function approvedAtMs({ decisions, revision, createdAtMs }: Proposal): number {
  const approvals = decisions.filter((decision) => decision.action === "approve" && decision.revision === revision);
  return approvals.at(-1)?.atMs ?? createdAtMs;
}

const kindsOfCluster: ReadonlySet<string> = new Set([
  "AdminNetworkPolicy",
  "BaselineAdminNetworkPolicy",
  "ClusterNetworkPolicy",
  "CiliumClusterwideNetworkPolicy",
  "CalicoGlobalNetworkPolicy",
]);

function isOfCluster({ kind }: Proposal): boolean {
  return kindsOfCluster.has(kind);
}
