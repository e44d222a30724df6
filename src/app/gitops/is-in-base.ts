import { ok, type Result } from "../../core/result.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { Failure } from "../failure.ts";
import { objectInRepository } from "./place-policy.ts";
import { placingOf } from "./placing-of.ts";
import type { OpenRepository } from "./repositories.ts";
import type { RepositoryYaml } from "./repository-yaml.ts";
import { isSamePolicy } from "./same-policy.ts";

/** Whether the base holds what was pushed, however it came there: squashed, picked or written by hand. Expects a fetched repository. */
export async function isInBase(
  repository: OpenRepository,
  yaml: RepositoryYaml,
  proposal: Proposal,
  base: string,
): Promise<Result<boolean, Failure>> {
  const { commit, sent } = proposal.delivery ?? {};
  if (commit === undefined) return ok(false);
  const isReachable = await repository.git.isMerged(commit);
  if (!isReachable.ok || isReachable.value || sent === undefined) return isReachable;
  const found = await objectInRepository(placingOf(repository, yaml, proposal, base));
  if (!found.ok) return found;
  if (sent.manifest.trim() === "") return ok(found.value === undefined);
  const text = found.value && yaml.documentAt(found.value.text, found.value.object.at)?.text;
  return ok(text !== undefined && isSamePolicy(yaml, text, sent.manifest));
}
