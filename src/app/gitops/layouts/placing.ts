import type { Result } from "../../../core/result.ts";
import type { Failure } from "../../failure.ts";
import type { PlacedObject } from "../placed-object.ts";
import type { RepositorySettings } from "../repository-settings.ts";
import type { RepositoryYaml } from "../repository-yaml.ts";
import type { FileEdit, Tree } from "../tree.ts";

/** What every layout is asked with. */
export interface Placing {
  readonly tree: Tree;
  readonly yaml: RepositoryYaml;
  readonly settings: Pick<RepositorySettings, "url" | "layout" | "path" | "search">;
  readonly object: PlacedObject;
}

/** Where the object belongs. */
export interface Place {
  /** In which it is looked for. */
  readonly search: string;
  /** Folders deployed to the namespace itself, whose files need not name it. */
  readonly folders: readonly string[];
  /** Of a new file. */
  readonly path: string;
}

export type Placed = Result<Place, Failure>;
export type Edits = Result<readonly FileEdit[], Failure>;
