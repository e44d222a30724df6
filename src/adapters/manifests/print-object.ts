import { stringify } from "yaml";

/** An object of the API as YAML, its keys in their order; texts that YAML would take for something else are quoted. */
export function printObject(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
