import type { Person } from "../wire/list.ts";

export interface StoredLaw {
  readonly name: string;
  /** From 1; every change adds one and nothing is overwritten. */
  readonly version: number;
  /** YAML, as people wrote it. */
  readonly text: string;
  readonly changedAtMs: number;
  readonly changedBy: Person;
}

export interface LawBook {
  /** The newest version of each. */
  current(): Promise<readonly StoredLaw[]>;
  versions(name: string): Promise<readonly StoredLaw[]>;
  /** @returns false when `version` is not the one after the newest: somebody else changed it meanwhile */
  add(law: StoredLaw): Promise<boolean>;
}
