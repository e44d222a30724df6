import { Share } from "./share.ts";

/**
 * Names that come from outside and are kept account of one by one: at most so many, half of them for one cluster. One that was not
 * heard of for long makes room, because nodes come and go, each with a name of its own.
 */
export class NameRoom<T> {
  readonly #most: number;
  readonly #silentMs: number;
  readonly #forgotten: (what: T) => void;
  readonly #share: Share;
  /** The one that was heard of longest ago first. */
  readonly #names = new Map<string, { readonly cluster: string; readonly what: T; readonly atMs: number }>();

  constructor(most: number, silentMs: number, forgotten: (what: T) => void = () => {}) {
    this.#most = most;
    this.#silentMs = silentMs;
    this.#forgotten = forgotten;
    this.#share = new Share(most);
  }

  /** @returns what is kept for the name, `made` where it is new; undefined: there is no room for it */
  enter(cluster: string, name: readonly string[], nowMs: number, made: T): T | undefined {
    const key = JSON.stringify([cluster, ...name]);
    const known = this.#names.get(key);
    if (known === undefined) {
      this.#forgetSilent(nowMs);
      if (this.#names.size >= this.#most || !this.#share.has(cluster)) return undefined;
      this.#share.take(cluster);
    }
    const what = known === undefined ? made : known.what;
    this.#names.delete(key);
    this.#names.set(key, { cluster, what, atMs: nowMs });
    return what;
  }

  #forgetSilent(nowMs: number): void {
    for (const [key, { cluster, what, atMs }] of this.#names) {
      // A clock that was set back says nothing of how long ago it was.
      if (nowMs - atMs < this.#silentMs) return;
      this.#names.delete(key);
      this.#share.giveBack(cluster);
      this.#forgotten(what);
    }
  }
}
