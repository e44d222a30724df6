import type { NamespaceRef } from "../wire/list.ts";
import type { Principal } from "./principal.ts";

/**
 * `view` see traffic, policies, proposals · `edit` make and change proposals · `approve` decide them · `administer` phases,
 * settings, laws, audit of everything.
 */
export const verbs = ["view", "edit", "approve", "administer"] as const;
export type Verb = (typeof verbs)[number];

/** What a principal may do. Answers are cached for seconds; whoever cannot be asked answers no, never yes. */
export interface Access {
  /** @param where undefined: everywhere, the server itself included */
  may(who: Principal, verb: Verb, where: NamespaceRef | undefined): Promise<boolean>;
  /** Of `among`, those in which `who` may `verb`; `"all"` when it may everywhere, those to come included. */
  among(who: Principal, verb: Verb, among: readonly NamespaceRef[]): Promise<"all" | readonly NamespaceRef[]>;
}
