import type { Person } from "../wire/list.ts";

/** Somebody who proved who they are. */
export interface Principal {
  /** `local:ada`, `oidc:<issuer>#<sub>`, `openshift:ada`, `kubernetes:<username>`, `slack:<team>/<user>`, `token:<id>`, `postern`. */
  readonly subject: string;
  /** For people. */
  readonly name: string;
  /** As the one who vouches for the person tells them; empty where there are none. */
  readonly groups: readonly string[];
  /** Name that the cluster knows this person by, for SubjectAccessReview; undefined: none. */
  readonly kubernetesUser: string | undefined;
}

/** The server itself, acting by rules that people set. */
export const postern: Principal = { subject: "postern", name: "Postern", groups: [], kubernetesUser: undefined };

export function personOf({ subject, name }: Principal): Person {
  return { subject, name };
}
