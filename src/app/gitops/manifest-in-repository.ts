import { ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { NamespaceRef } from "../wire/list.ts";
import { objectInRepository } from "./place-policy.ts";
import type { Repositories } from "./repositories.ts";
import type { RepositoryYaml } from "./repository-yaml.ts";
import { treeAt } from "./tree.ts";

/** The document that the repository holds for an object now; undefined where it holds none, or nobody holds the namespace. */
export function manifestInRepository(
  repositories: Repositories,
  yaml: RepositoryYaml,
): (
  where: NamespaceRef,
  kind: string,
  name: string,
  signal: AbortSignal,
) => Promise<Result<string | undefined, Failure>> {
  return async (where, kind, name, signal) => {
    const repository = repositories.for(where);
    if (repository === undefined) return ok(undefined);
    const { git, settings } = repository;
    const base = await git.fetch(signal);
    if (!base.ok) return base;
    const object = { ...where, kind, name };
    const found = await objectInRepository({ tree: treeAt(git, base.value), yaml, settings, object });
    if (!found.ok || found.value === undefined) return found.ok ? ok(undefined) : found;
    return ok(yaml.documentAt(found.value.text, found.value.object.at)?.text);
  };
}
