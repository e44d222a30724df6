import type { GroupGrant } from "./grants.ts";

/** How people sign in and what they may do, as the server's configuration says. Secrets are names of files. */
export interface SignInSettings {
  /** Users of this server's own. */
  readonly local: boolean;
  readonly oidc: readonly OidcSettings[];
  readonly openshift: OpenShiftSettings | undefined;
  readonly kubernetes: readonly KubernetesAccessSettings[];
  readonly grants: readonly GroupGrant[];
  readonly trustedProxies: readonly string[];
  readonly idleMs: number;
  readonly longestMs: number;
}

export interface OidcSettings {
  /** In addresses: `/auth/<id>/callback` is what to register with the provider. */
  readonly id: string;
  readonly title: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined: a public client, which PKCE alone protects. */
  readonly clientSecretFile: string | undefined;
  readonly clientAuthentication: "basic" | "post";
  readonly scopes: readonly string[];
  readonly groupsClaim: string;
  readonly nameClaim: string;
  /** How a cluster that trusts the same provider names its people; undefined: it does not know them. */
  readonly kubernetes:
    | { readonly userClaim: string; readonly userPrefix: string; readonly groupsPrefix: string }
    | undefined;
  readonly caFile: string | undefined;
  /** Registered address to come back to after signing out; undefined: the provider's own page is the end. */
  readonly signOutReturn: string | undefined;
}

export interface OpenShiftSettings {
  readonly id: string;
  readonly title: string;
  /** `https://api.example.com:6443`, or `https://kubernetes.default.svc` within the cluster. */
  readonly apiServer: string;
  /** `system:serviceaccount:postern:postern-server` */
  readonly clientId: string;
  /** The service account's token. */
  readonly clientSecretFile: string;
  readonly caFile: string | undefined;
}

/** Tokens of the cluster are taken, and the cluster says who may do what. */
export interface KubernetesAccessSettings {
  /** Name under which the cluster's flows are recorded. */
  readonly cluster: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Whether its word holds for the server itself: settings, laws, the whole audit log. */
  readonly isHome: boolean;
  /** What tokens must be meant for; empty: the API server. */
  readonly audiences: readonly string[];
}
