import type { Access, Verb } from "../access/access.ts";
import type { Principal } from "../access/principal.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { DeskFailure } from "./desk-failure.ts";

/** One text per namespace; neither part has a slash. */
export function namespaceKey({ cluster, namespace }: NamespaceRef): string {
  return `${cluster}/${namespace}`;
}

/** Tells those of `known` in which somebody may do something. */
export async function allowedAmong(
  access: Access,
  who: Principal,
  verb: Verb,
  known: readonly NamespaceRef[],
): Promise<(where: NamespaceRef) => boolean> {
  const among = await access.among(who, verb, known);
  if (among === "all") return () => true;
  const keys = new Set(among.map(namespaceKey));
  return (where) => keys.has(namespaceKey(where));
}

/** The same for a namespace that is not there and for one that may not be seen. */
export function noSuchNamespace({ cluster, namespace }: NamespaceRef): DeskFailure {
  const message = `there is no namespace \`${cluster}/${namespace}\` with recorded traffic that you may see`;
  return { kind: "not-found", code: "namespace_unknown", message };
}
