import type { CatalogueService } from "../knowledge.ts";
import { business } from "./business.ts";
import { clouds } from "./clouds.ts";
import { infrastructure } from "./infrastructure.ts";
import { objectStores } from "./object-stores.ts";
import { software } from "./software.ts";

/** The built-in catalogue, in order of id. */
export const wellKnownServices: readonly CatalogueService[] = [
  ...objectStores,
  ...clouds,
  ...software,
  ...business,
  ...infrastructure,
].toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** A catalogue with `own` entries in place of those of the same id. */
export function extendCatalogue(
  catalogue: readonly CatalogueService[],
  own: readonly CatalogueService[],
): readonly CatalogueService[] {
  const byId = new Map([...catalogue, ...own].map((service) => [service.id, service]));
  return [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
