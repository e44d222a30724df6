import { BackOff, pause } from "../../app/live/back-off.ts";
import type { WatchedResource } from "../../app/live/cluster-view.ts";
import { at, textAt } from "../../pipeline/flows/cluster-dump/fields.ts";
import type { ApiClient } from "./api-client.ts";
import type { InformerTiming } from "./informer-timing.ts";
import { LineFramer, ListFramer } from "./list-framer.ts";
import { pruneJson } from "./prune-json.ts";
import { readBody } from "./read-body.ts";
import { BrokenStream, explain, Refusal, refusalOf } from "./refusal.ts";
import { pathOf, resourceName, type WatchedKind } from "./resources.ts";

/** Whoever wants to know. Called in the order of events of the resource; everything missed comes with the next list. */
export interface InformerHands {
  put(kind: WatchedKind, object: unknown): void;
  removed(kind: WatchedKind, namespace: string, name: string, uid: string): void;
  nowMs(): number;
}

const json = "application/json";
const metadataOnly = "as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const maxPages = 20_000;
/** After this many failures in a row, what the server said before may be what it fails on. */
const failuresBeforeList = 4;
/** A watch that ends sooner than this, with nothing in it, has failed. */
const shortWatchMs = 1_000;

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
  private readonly client: ApiClient;
  private readonly host: string;
  private readonly hands: InformerHands;
  private readonly timing: InformerTiming;
  private readonly backOff: BackOff;
  private readonly known = new Map<string, string>();
  private readonly setTried: () => void;
  private readonly setSettled: () => void;
  private state: WatchedResource["state"] = "syncing";
  private message = "";
  /** There were more objects than are taken in. */
  private isFull = false;
  private syncedAtMs: number | undefined;

  constructor(kind: WatchedKind, client: ApiClient, host: string, hands: InformerHands, timing: InformerTiming) {
    this.kind = kind;
    this.client = client;
    this.host = host;
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
    this.message = explain(error, this.kind, this.host);
    const status = error instanceof Refusal ? error.status : 0;
    if (status === 403 || status === 404) {
      // What was known before is known no more.
      if (status === 404) this.forget(new Set());
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
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.listOnce(attempt < 2 ? this.timing.pageSize : 0, signal);
      } catch (error) {
        // The pages' snapshot is gone: from the beginning, and in one piece if pages are too slow.
        if (!(error instanceof Refusal && error.status === 410) || attempt >= 2) throw error;
      }
    }
  }

  private async listOnce(pageSize: number, signal: AbortSignal): Promise<string> {
    const seen = new Set<string>();
    let version: string | undefined;
    this.isFull = false;
    let next = "";
    for (let page = 0; page === 0 || next !== ""; page += 1) {
      if (page >= maxPages) throw new BrokenStream("the list does not end");
      const query = new URLSearchParams(this.selector());
      if (pageSize > 0) query.set("limit", String(pageSize));
      if (next !== "") query.set("continue", next);
      const answer = await this.client.get(`${pathOf(this.kind)}?${query.toString()}`, this.accept("List"), signal);
      if (answer.status !== 200) throw refusalOf(answer);
      const framer = new ListFramer((item) => this.takeItem(item, seen));
      await readBody(answer.body, (chunk) => framer.push(chunk), this.timing.idleMs);
      const envelope = envelopeOf(framer);
      version ??= textAt(envelope, "metadata", "resourceVersion");
      next = textAt(envelope, "metadata", "continue");
    }
    if (version === undefined || version === "") throw new BrokenStream("the list has no `resourceVersion`");
    this.forget(seen);
    this.lists += 1;
    this.upToDate();
    this.setTried();
    this.setSettled();
    return version;
  }

  /** Objects that the new list lacks have been deleted while nobody looked. */
  private forget(seen: ReadonlySet<string>): void {
    for (const [key, uid] of this.known) if (!seen.has(key)) this.remove(key, uid);
  }

  private remove(key: string, uid: string): void {
    this.known.delete(key);
    const slash = key.indexOf("/");
    this.hands.removed(this.kind, key.slice(0, slash), key.slice(slash + 1), uid);
  }

  private takeItem(item: Buffer, seen: Set<string>): void {
    const object = parsed(pruneJson(item, this.kind.without, 2));
    const key = keyOf(object);
    if (key === undefined) {
      this.malformed += 1;
      return;
    }
    if (this.put(key, textAt(object, "metadata", "uid"), object)) seen.add(key);
  }

  /** @returns whether there was room */
  private put(key: string, uid: string, object: unknown): boolean {
    if (this.known.size >= this.timing.maxObjects && !this.known.has(key)) {
      this.isFull = true;
      return false;
    }
    this.taken += 1;
    this.known.set(key, uid);
    this.hands.put(this.kind, object);
    return true;
  }

  /** @returns where the next watch begins (undefined when only a list can tell), and whether this one hardly lasted */
  private async watch(from: string, signal: AbortSignal): Promise<WatchEnd> {
    let openedAt = Infinity;
    const isShort = (): boolean => performance.now() - openedAt < shortWatchMs;
    let version = from;
    let events = 0;
    const query = new URLSearchParams({
      ...this.selector(),
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: from,
      // Not all watches of all observers at once.
      timeoutSeconds: String(Math.ceil(this.timing.watchSeconds * (1 + Math.random()))),
    });
    try {
      const answer = await this.client.get(`${pathOf(this.kind)}?${query.toString()}`, this.accept(""), signal);
      if (answer.status !== 200) throw refusalOf(answer);
      openedAt = performance.now();
      this.upToDate();
      const framer = new LineFramer((line) => {
        events += 1;
        version = this.takeEvent(line) ?? version;
        this.upToDate();
      });
      await readBody(answer.body, (chunk) => framer.push(chunk), this.timing.idleMs);
      if (events === 0 && isShort()) throw new Error("the watch ended at once");
      if (!isShort()) this.backOff.reset();
      return { version, isShort: isShort() };
    } catch (error) {
      if (error instanceof Refusal && error.status === 410) return { version: undefined, isShort: isShort() };
      if (!isShort()) this.backOff.reset();
      // What arrived before the trouble need not come again.
      throw new WatchFailure(version, error);
    }
  }

  /** @returns the version that the event brings */
  private takeEvent(line: Buffer): string | undefined {
    // The object is one level deeper than in a list.
    const event = parsed(pruneJson(line, this.kind.without, 3));
    const object = at(event, "object");
    const type = textAt(event, "type");
    if (type === "ERROR") throw new Refusal(Number(at(object, "code")) || 500);
    const version = textAt(object, "metadata", "resourceVersion") || undefined;
    if (type === "BOOKMARK") return version;
    const key = keyOf(object);
    if (key === undefined || !["ADDED", "MODIFIED", "DELETED"].includes(type)) {
      this.malformed += 1;
      throw new BrokenStream("an event cannot be read");
    }
    const uid = textAt(object, "metadata", "uid");
    if (type === "DELETED") this.remove(key, uid);
    else this.put(key, uid, object);
    return version;
  }

  private upToDate(): void {
    this.state = "watching";
    this.message = "";
    this.syncedAtMs = this.hands.nowMs();
  }

  private selector(): Record<string, string> {
    return this.kind.only === undefined ? {} : { fieldSelector: `metadata.name=${this.kind.only}` };
  }

  private accept(suffix: "List" | ""): string {
    if (this.kind.isMetadataOnly !== true) return json;
    return `${json};${metadataOnly.replace("Metadata;", `Metadata${suffix};`)},${json}`;
  }
}

interface WatchEnd {
  readonly version: string | undefined;
  readonly isShort: boolean;
}

/** A watch that failed on the way, with the version it had reached. */
class WatchFailure extends Error {
  override readonly name = "WatchFailure";
  readonly version: string;

  constructor(version: string, cause: unknown) {
    super("the watch failed", { cause });
    this.version = version;
  }
}

function envelopeOf(framer: ListFramer): unknown {
  try {
    return framer.finish();
  } catch {
    throw new BrokenStream("the list is cut off or no JSON");
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function keyOf(object: unknown): string | undefined {
  const name = textAt(object, "metadata", "name");
  return name === "" ? undefined : `${textAt(object, "metadata", "namespace")}/${name}`;
}
