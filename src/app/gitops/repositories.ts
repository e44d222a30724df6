import type { NamespaceRef } from "../wire/list.ts";
import type { CodeHost, GitRepository } from "./code-host.ts";
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
}

export function repositoriesOf(all: readonly OpenRepository[]): Repositories {
  return {
    all,
    for: (where) => all.find(({ settings }) => holdsNamespace(settings, where)),
    byName: (name) => all.find(({ settings }) => settings.name === name),
  };
}

/** As the settings page shows them. */
export function repositoryViews({ all }: Repositories): readonly {
  readonly name: string;
  readonly kind: string;
  readonly url: string;
  readonly layout: string;
  readonly trouble: null;
}[] {
  return all.map(({ settings: { name, kind, url, layout } }) => ({
    name,
    kind,
    url,
    layout: layout.kind,
    trouble: null,
  }));
}
