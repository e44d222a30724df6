import type { Principal } from "../access/principal.ts";

/** A person known to the server itself, for installations without somebody else who vouches. */
export interface User {
  /** `local:ada` */
  readonly subject: string;
  readonly name: string;
  /** scrypt, with its parameters and salt, as `scrypt$N$r$p$salt$hash`; undefined until the one-time link was used. */
  readonly passwordHash: string | undefined;
  readonly isAdministrator: boolean;
  /** `cluster/namespace` patterns with `*`, per verb. */
  readonly grants: readonly { readonly verb: string; readonly where: string }[];
  readonly createdAtMs: number;
  readonly disabledAtMs: number | undefined;
  readonly lastSeenMs: number | undefined;
}

export interface UserBook {
  put(user: User): Promise<void>;
  bySubject(subject: string): Promise<User | undefined>;
  all(): Promise<readonly User[]>;
  seen(subject: string, atMs: number): Promise<void>;
  /** A secret that works once until a time; only its SHA-256 is kept. */
  putLink(secretHash: string, subject: string, untilMs: number): Promise<void>;
  /** @returns whose it is, once; undefined when unknown, used or too old */
  useLink(secretHash: string, nowMs: number): Promise<string | undefined>;
}

export interface Session {
  /** SHA-256 of the cookie's secret, hexadecimal. */
  readonly idHash: string;
  readonly principal: Principal;
  readonly csrf: string;
  readonly createdAtMs: number;
  readonly seenAtMs: number;
  readonly expiresAtMs: number;
}

export interface SessionBook {
  put(session: Session): Promise<void>;
  byIdHash(idHash: string): Promise<Session | undefined>;
  touch(idHash: string, seenAtMs: number, expiresAtMs: number): Promise<void>;
  end(idHash: string): Promise<void>;
  endAllOf(subject: string): Promise<void>;
  /** @returns how many were dropped */
  dropExpired(nowMs: number): Promise<number>;
}
