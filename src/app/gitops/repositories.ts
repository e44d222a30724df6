import type { NamespaceRef } from "../wire/list.ts";
import type { CodeHost, GitRepository } from "./code-host.ts";
import { notedRepository } from "./noted-repository.ts";
import { holdsNamespace, type RepositorySettings } from "./repository-settings.ts";

/** A configured repository, ready to be worked with. */
export interface OpenRepository {
  readonly settings: RepositorySettings;
  readonly git: GitRepository;
  readonly host: CodeHost;
  /** Address under which Postern commits: whose commits are whose is told by it. */
  readonly authorEmail: string;
  /** Read at each use; undefined: webhooks are not taken. */
  readonly webhookSecret: (() => Promise<string>) | undefined;
}

/** The repositories of a configuration, in its order. */
export interface Repositories {
  readonly all: readonly OpenRepository[];
  /** The first that holds the namespace. */
  for(where: NamespaceRef): OpenRepository | undefined;
  byName(name: string): OpenRepository | undefined;
  /** Why this server could not reach it last, for people; undefined: it could, or did not try since its start. */
  troubleOf(name: string): string | undefined;
}

export function repositoriesOf(opened: readonly OpenRepository[]): Repositories {
  const noted = opened.map(notedRepository);
  const all = noted.map(({ repository }) => repository);
  return {
    all,
    for: (where) => all.find(({ settings }) => holdsNamespace(settings, where)),
    byName: (name) => all.find(({ settings }) => settings.name === name),
    troubleOf: (name) => noted.find(({ repository }) => repository.settings.name === name)?.trouble(),
  };
}

/** As the settings page shows them. */
export function repositoryViews(repositories: Repositories): readonly {
  readonly name: string;
  readonly kind: string;
  readonly url: string;
  readonly layout: string;
  readonly trouble: string | null;
}[] {
  return repositories.all.map(({ settings: { name, kind, url, layout } }) => ({
    name,
    kind,
    url,
    layout: layout.kind,
    trouble: repositories.troubleOf(name) ?? null,
  }));
}
