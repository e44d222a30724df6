import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { Failure } from "../failure.ts";
import type { GitRepository } from "./code-host.ts";
import { commitMessage, isCommitFor } from "./commit-message.ts";
import { branchOf } from "./delivery-parts.ts";
import type { Placing } from "./layouts/placing.ts";
import { filledPath } from "./path-template.ts";
import { objectInRepository, type PlacedPolicy, placePolicy } from "./place-policy.ts";
import { placingOf } from "./placing-of.ts";
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
    // A base that was pushed anew makes its old commits look like somebody's on the branch: what was pushed from here is known.
    const isKnown = proposal.delivery?.commit === head.value;
    const own = isKnown ? ok(true) : await isOwnBranch(git, branch, authorEmail, proposal.id);
    if (!own.ok) return own;
    if (!own.value) return ok({ kind: "taken-over", head: head.value });
  }
  const { kind, policyName: name, manifest, baseManifest } = proposal;
  const placing = placingOf({ git, settings }, yaml, proposal, base);
  const today = await objectInRepository(placing);
  if (!today.ok) return today;
  const text = today.value === undefined ? undefined : yaml.documentAt(today.value.text, today.value.object.at)?.text;
  const isRemoval = manifest.trim() === "";
  const wasHere = text === undefined ? await wasInRepository(git, placing, proposal) : ok(true);
  if (!wasHere.ok) return wasHere;
  // What only the cluster held when it was reviewed is new here.
  if (isConflict(yaml, text, wasHere.value ? baseManifest : undefined, manifest)) {
    return ok({ kind: "conflict", path: today.value?.path ?? filledPath(settings.path, placing.object) });
  }
  const placed = await placePolicy(placing, isRemoval ? "" : manifest, baseManifest);
  if (!placed.ok) return placed;
  if (isRemoval && !wasHere.value) {
    const message = `${kind} ${quoted(name)} is not in the repository, so nothing there can be taken out: delete it where it comes from`;
    return fail({ code: "gitops_nothing_to_remove", message });
  }
  if (placed.value.files.length === 0 && head.value === undefined) {
    return ok({ kind: "there", commit: base, path: placed.value.path });
  }
  const from = await git.mergeBase(branch);
  if (!from.ok) return from;
  const hasMoved = head.value !== undefined && from.value !== base;
  if (hasMoved) {
    const isCurrent = await holdsJust(git, head.value, from.value, base, placed.value.files);
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

/** Whether the base branch had the object when the proposal was made. */
async function wasInRepository(
  git: GitRepository,
  placing: Placing,
  { createdAtMs }: Proposal,
): Promise<Result<boolean, Failure>> {
  const then = await git.baseAt(createdAtMs);
  if (!then.ok || then.value === undefined) return then.ok ? ok(false) : then;
  const found = await objectInRepository({ ...placing, tree: treeAt(git, then.value) });
  return found.ok ? ok(found.value !== undefined) : found;
}

/** The branch has the files as they are to be and changes no others, and the base did not touch them since. */
async function holdsJust(
  git: GitRepository,
  head: string,
  from: string | undefined,
  base: string,
  files: readonly FileEdit[],
): Promise<Result<boolean, Failure>> {
  if (from === undefined) return ok(false);
  // Who may push to the branch can sign a commit with any name: only what was approved may be merged from here.
  const changed = await git.changedPaths(from, head);
  if (!changed.ok) return changed;
  if (!changed.value.every((path) => files.some((file) => file.path === path))) return ok(false);
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
