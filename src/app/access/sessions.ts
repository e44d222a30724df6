import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Session, SessionBook } from "../state/people.ts";
import type { Principal } from "./principal.ts";
import { secretHash } from "./secret-hash.ts";

export interface SessionTimes {
  /** Without a request. */
  readonly idleMs: number;
  /** Since signing in. */
  readonly longestMs: number;
}

export const sessionTimes: SessionTimes = { idleMs: 8 * 3_600_000, longestMs: 24 * 3_600_000 };
/** The time of last use need not be written at every request. */
const touchEveryMs = 60_000;
const secretForm = /^[\w-]{43}$/;

/** Sessions of people who signed in with a browser. Only the hash of the secret is kept, so a copy of the database opens nothing. */
export class Sessions {
  readonly #book: SessionBook;
  readonly #nowMs: () => number;
  readonly #times: SessionTimes;
  readonly #ended = new Set<(idHash: string) => void>();

  constructor(book: SessionBook, nowMs: () => number, times: SessionTimes = sessionTimes) {
    this.#book = book;
    this.#nowMs = nowMs;
    this.#times = times;
  }

  /** Always a new secret: one that somebody knew before signing in is worth nothing afterwards. */
  async open(principal: Principal): Promise<{ readonly secret: string; readonly session: Session }> {
    const secret = randomBytes(32).toString("base64url");
    const nowMs = this.#nowMs();
    const session: Session = {
      idHash: secretHash("session", secret),
      principal,
      csrf: randomBytes(32).toString("base64url"),
      createdAtMs: nowMs,
      seenAtMs: nowMs,
      expiresAtMs: nowMs + Math.min(this.#times.idleMs, this.#times.longestMs),
    };
    await this.#book.put(session);
    return { secret, session };
  }

  /** @returns undefined when there is no such session, or its time is over */
  async find(secret: string): Promise<Session | undefined> {
    if (!secretForm.test(secret)) return undefined;
    const session = await this.#book.byIdHash(secretHash("session", secret));
    const nowMs = this.#nowMs();
    if (session === undefined || !this.isGood(session)) return undefined;
    if (nowMs - session.seenAtMs < touchEveryMs) return session;
    const expiresAtMs = Math.min(nowMs + this.#times.idleMs, session.createdAtMs + this.#times.longestMs);
    await this.#book.touch(session.idHash, nowMs, expiresAtMs);
    return { ...session, seenAtMs: nowMs, expiresAtMs };
  }

  /** Whether a session that was found is still one. */
  async isOpen(idHash: string): Promise<boolean> {
    const session = await this.#book.byIdHash(idHash);
    return session !== undefined && this.isGood(session);
  }

  async end(idHash: string): Promise<void> {
    await this.#book.end(idHash);
    for (const hear of this.#ended) hear(idHash);
  }

  /** @returns stops listening. Sessions that other processes end are not told. */
  onEnd(hear: (idHash: string) => void): () => void {
    this.#ended.add(hear);
    return () => this.#ended.delete(hear);
  }

  private isGood({ expiresAtMs, createdAtMs }: Session): boolean {
    const nowMs = this.#nowMs();
    return nowMs < expiresAtMs && nowMs < createdAtMs + this.#times.longestMs;
  }
}

export function isCsrfOf({ csrf }: Session, given: string | undefined): boolean {
  if (given === undefined || given.length !== csrf.length) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(csrf));
}
