/** What a token may be used for: sending batches, or reading history and sources. */
export const tokenScopes = ["ship", "read"] as const;
export type TokenScope = (typeof tokenScopes)[number];

/** Stands for every cluster, those to come included. */
export const everyCluster = "*";

/** What is known of a token. The secret itself is not: only its hash is kept. */
export interface StoredToken {
  /** Public part of the token's text: 12 hexadecimal digits. */
  readonly id: string;
  /** For people: where the token is used. May be empty. */
  readonly label: string;
  /** SHA-256 of the secret part, 64 hexadecimal digits. */
  readonly secretHash: string;
  /** Sorted; `*` alone for every cluster. */
  readonly clusters: readonly string[];
  /** Sorted, at least one. */
  readonly scopes: readonly TokenScope[];
  readonly createdAtMs: number;
  /** First moment at which it is no longer valid; undefined: never. */
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  /** Rounded to minutes or so; undefined before the first use. */
  readonly lastUsedAtMs: number | undefined;
}

export interface TokenBook {
  add(token: StoredToken): Promise<void>;
  byId(id: string): Promise<StoredToken | undefined>;
  /** Oldest first. */
  all(): Promise<readonly StoredToken[]>;
  /** A token that is revoked stays so, since the first time. @returns whether there is such a token */
  revoke(id: string, atMs: number): Promise<boolean>;
  /** Never moves backwards. */
  used(id: string, atMs: number): Promise<void>;
}
