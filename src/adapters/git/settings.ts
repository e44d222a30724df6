/** How a repository is reached and written to. Secrets are read when they are needed, so that renewed ones hold. */
export interface GitSettings {
  /** `https://…`, `ssh://…`, `git@host:path`, `file:///…`; without password. */
  readonly url: string;
  readonly base: string;
  /** Of our own, for the mirror; made when it is not there. */
  readonly folder: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly access: GitAccess;
  /** PEM file with the authorities to trust instead of the system's. */
  readonly caFile: string | undefined;
  readonly signing: GitSigning | undefined;
  /** For one command. */
  readonly timeoutMs: number;
}

export type GitAccess =
  | { readonly kind: "none" }
  /** A token in place of a password, over https. */
  | { readonly kind: "token"; readonly user: string; readonly token: (signal: AbortSignal) => Promise<string> }
  | { readonly kind: "ssh"; readonly keyFile: string; readonly knownHostsFile: string };

export type GitSigning =
  | { readonly format: "ssh"; readonly keyFile: string }
  | { readonly format: "openpgp"; readonly home: string; readonly key: string };

/** Where Postern's branches lie. */
export const branchFolder = "postern";
