import type { MessageTimes } from "./record-times.ts";

/** What keeping a set takes beside its bytes, about. */
const overheadBytes = 320;

/** A data set that came before its template. */
export interface WaitingSet {
  readonly id: number;
  /** The records, a copy. */
  readonly bytes: Uint8Array;
  readonly times: MessageTimes;
}

interface Held {
  readonly set: WaitingSet;
  older: Held | undefined;
  newer: Held | undefined;
  /** The next that waits for the same template. */
  next: Held | undefined;
}

export function costOf(set: WaitingSet): number {
  return set.bytes.length + overheadBytes;
}

/**
 * The sets of one stream that wait, in the order in which they came, and by template. Sets may have five bytes, so that
 * thousands fit into a datagram: whatever is done with one takes the same time, however many others wait.
 */
export class WaitingSets {
  count = 0;
  /** By `costOf`. */
  cost = 0;
  private first: Held | undefined;
  private last: Held | undefined;
  private readonly byTemplate = new Map<number, { first: Held; last: Held }>();

  get oldest(): WaitingSet | undefined {
    return this.first?.set;
  }

  add(set: WaitingSet): void {
    const held: Held = { set, older: this.last, newer: undefined, next: undefined };
    if (this.last === undefined) this.first = held;
    else this.last.newer = held;
    this.last = held;
    const same = this.byTemplate.get(set.id);
    if (same === undefined) this.byTemplate.set(set.id, { first: held, last: held });
    else same.last = same.last.next = held;
    this.count += 1;
    this.cost += costOf(set);
  }

  /** Without effect when nothing waits. */
  dropOldest(): void {
    const held = this.first;
    if (held === undefined) return;
    this.unlink(held);
    // The oldest of all is the oldest of its template.
    const same = this.byTemplate.get(held.set.id);
    if (same === undefined || held.next === undefined) this.byTemplate.delete(held.set.id);
    else same.first = held.next;
  }

  /** Takes out those that wait for a template, oldest first. */
  take(id: number): readonly WaitingSet[] {
    const taken: WaitingSet[] = [];
    for (let held = this.byTemplate.get(id)?.first; held !== undefined; held = held.next) {
      this.unlink(held);
      taken.push(held.set);
    }
    this.byTemplate.delete(id);
    return taken;
  }

  private unlink(held: Held): void {
    if (held.older === undefined) this.first = held.newer;
    else held.older.newer = held.newer;
    if (held.newer === undefined) this.last = held.older;
    else held.newer.older = held.older;
    this.count -= 1;
    this.cost -= costOf(held.set);
  }
}
