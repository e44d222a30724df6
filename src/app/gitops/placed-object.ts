import type { NamespaceRef } from "../wire/list.ts";

/** Which object of which cluster is looked for in a repository. `namespace` is empty for kinds of the whole cluster. */
export interface PlacedObject extends NamespaceRef {
  readonly kind: string;
  readonly name: string;
}
