import { BackOff, pause } from "../../app/live/back-off.ts";
import type { WatchedResource } from "../../app/live/cluster-view.ts";
import { textAt } from "../../pipeline/flows/cluster-dump/fields.ts";
import { Namespaced } from "../../pipeline/flows/cluster-dump/namespaced.ts";
import type { ApiClient } from "./api-client.ts";
import type { InformerTiming } from "./informer-timing.ts";
import { type ApiPlace, BrokenStream, explain, Refusal } from "./refusal.ts";
import { ResourceRequests, type WatchEvent, WatchFailure } from "./resource-requests.ts";
import { resourceName, type WatchedKind } from "./resources.ts";

/** Whoever wants to know. Called in the order of events of the resource; everything missed comes with the next list. */
export interface InformerHands {
  put(kind: WatchedKind, object: unknown): void;
  removed(kind: WatchedKind, namespace: string, name: string, uid: string): void;
  /** Begins the list when it may: lists of a large cluster, all at once, would take more memory than all that is kept. */
  inTurn<T>(kind: WatchedKind, list: () => Promise<T>): Promise<T>;
  nowMs(): number;
}

/** After this many failures in a row, what the server said before may be what it fails on. */
const failuresBeforeList = 4;

/** One resource: listed in pages, then watched from there, for ever. A list after a gap finds what went meanwhile. */
export class Informer {
  readonly kind: WatchedKind;
  lists = 0;
  reconnects = 0;
  malformed = 0;
  taken = 0;
  /** Resolves at the first outcome of any sort. */
  readonly tried: Promise<void>;
  /** Resolves when the first list is complete, or when there is nothing to be had. */
  readonly settled: Promise<void>;
  private readonly requests: ResourceRequests;
  private readonly place: ApiPlace;
  private readonly hands: InformerHands;
  private readonly timing: InformerTiming;
  private readonly backOff: BackOff;
  /** With the uid of what goes by that name now, where it matters. */
  private readonly known = new Namespaced<string>();
  private readonly setTried: () => void;
  private readonly setSettled: () => void;
  private state: WatchedResource["state"] = "syncing";
  private message = "";
  /** There were more objects than are taken in. */
  private isFull = false;
  private syncedAtMs: number | undefined;

  constructor(kind: WatchedKind, client: ApiClient, place: ApiPlace, hands: InformerHands, timing: InformerTiming) {
    this.kind = kind;
    this.requests = new ResourceRequests(kind, client, timing);
    this.place = place;
    this.hands = hands;
    this.timing = timing;
    this.backOff = new BackOff({ firstMs: timing.firstPauseMs });
    ({ promise: this.tried, resolve: this.setTried } = Promise.withResolvers<void>());
    ({ promise: this.settled, resolve: this.setSettled } = Promise.withResolvers<void>());
  }

  status(): WatchedResource {
    const { state, syncedAtMs } = this;
    const { maxObjects } = this.timing;
    const message =
      this.message === "" && this.isFull ? `there are more than ${maxObjects}; the rest is not known` : this.message;
    return { name: resourceName(this.kind), state, message, objects: this.known.size, syncedAtMs };
  }

  /** Runs until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    /** Where the next watch begins; undefined: a list comes first. */
    let version: string | undefined;
    let failures = 0;
    let gone = 0;
    while (!signal.aborted) {
      try {
        version ??= await this.list(signal);
        const end = await this.watch(version, signal);
        version = end.version;
        failures = 0;
        gone = version === undefined ? gone + 1 : 0;
        // Objects that found no room are only met again in a list.
        if (this.isFull && this.known.size < this.timing.maxObjects) version = undefined;
        // Neither a history so short that every list is too old, nor watches that hardly last, without pause.
        if (gone > 1 || (gone === 0 && end.isShort)) await pause(this.backOff.nextMs(), signal);
      } catch (error) {
        if (signal.aborted) break;
        const hasMoved = error instanceof WatchFailure && error.version !== version;
        const reason = error instanceof WatchFailure ? error.cause : error;
        failures = hasMoved ? 1 : failures + 1;
        if (error instanceof WatchFailure) version = error.version;
        const isAbsent = reason instanceof Refusal && reason.status === 404;
        if (reason instanceof BrokenStream || isAbsent || failures >= failuresBeforeList) version = undefined;
        await this.trouble(reason, signal);
      }
    }
  }

  private async trouble(error: unknown, signal: AbortSignal): Promise<void> {
    this.message = explain(error, this.kind, this.place);
    const status = error instanceof Refusal ? error.status : 0;
    if (status === 403 || status === 404) {
      // What was known before is known no more.
      if (status === 404) this.forget(new Namespaced());
      this.state = status === 403 ? "forbidden" : "absent";
      this.setTried();
      this.setSettled();
      await pause(this.untilRecheckMs(status), signal);
      return;
    }
    this.state = "retrying";
    this.reconnects += 1;
    this.setTried();
    await pause(this.backOff.nextMs(error instanceof Refusal ? error.retryAfterMs : undefined), signal);
  }

  /** An API server that has just started refuses what it allows a moment later, when it has read its roles. */
  private untilRecheckMs(status: number): number {
    if (status === 403 && this.lists > 0) return this.backOff.nextMs();
    const { recheckMs } = this.timing;
    return recheckMs / 2 + (Math.random() * recheckMs) / 2;
  }

  /** @returns the version to watch from */
  private async list(signal: AbortSignal): Promise<string> {
    if (this.state === "retrying") this.state = "syncing";
    let seen = new Namespaced<true>();
    const begin = (): void => {
      seen = new Namespaced();
      this.isFull = false;
    };
    const version = await this.hands.inTurn(this.kind, async () =>
      this.requests.list(begin, (object) => this.takeItem(object, seen), signal),
    );
    this.forget(seen);
    this.lists += 1;
    this.upToDate();
    this.setTried();
    this.setSettled();
    return version;
  }

  /** Objects that the new list lacks have been deleted while nobody looked. */
  private forget(seen: Namespaced<true>): void {
    for (const [namespace, name, uid] of this.known.entries()) {
      if (!seen.has(namespace, name)) this.remove(namespace, name, uid);
    }
  }

  private remove(namespace: string, name: string, uid: string): void {
    this.known.delete(namespace, name);
    this.hands.removed(this.kind, namespace, name, uid);
  }

  private takeItem(object: unknown, seen: Namespaced<true>): void {
    const { namespace, name } = placeOf(object);
    if (name === "") this.malformed += 1;
    else if (this.put(namespace, name, this.uidOf(object), object)) seen.set(namespace, name, true);
  }

  /** @returns whether there was room */
  private put(namespace: string, name: string, uid: string, object: unknown): boolean {
    const known = this.known.get(namespace, name);
    if (known === undefined && this.known.size >= this.timing.maxObjects) {
      this.isFull = true;
      return false;
    }
    this.taken += 1;
    // The text that is there already is also what others have kept.
    if (known !== uid) this.known.set(namespace, name, uid);
    this.hands.put(this.kind, object);
    return true;
  }

  private async watch(from: string, signal: AbortSignal): ReturnType<ResourceRequests["watch"]> {
    let hasLasted = false;
    try {
      const end = await this.requests.watch(
        from,
        () => this.upToDate(),
        (event) => this.takeEvent(event),
        signal,
      );
      hasLasted = !end.isShort;
      return end;
    } catch (error) {
      hasLasted = error instanceof WatchFailure && error.hasLasted;
      throw error;
    } finally {
      if (hasLasted) this.backOff.reset();
    }
  }

  private takeEvent(event: WatchEvent | undefined): void {
    const { namespace, name } = placeOf(event?.object);
    if (event === undefined || name === "") {
      this.malformed += 1;
      throw new BrokenStream("an event cannot be read");
    }
    const uid = this.uidOf(event.object);
    if (event.type === "DELETED") this.remove(namespace, name, uid);
    else this.put(namespace, name, uid, event.object);
  }

  private uidOf(object: unknown): string {
    return this.kind.isKnownByUid === true ? textAt(object, "metadata", "uid") : "";
  }

  private upToDate(): void {
    this.state = "watching";
    this.message = "";
    this.syncedAtMs = this.hands.nowMs();
  }
}

function placeOf(object: unknown): { readonly namespace: string; readonly name: string } {
  return { namespace: textAt(object, "metadata", "namespace"), name: textAt(object, "metadata", "name") };
}
