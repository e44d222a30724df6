import { at, textAt } from "../../pipeline/flows/cluster-dump/fields.ts";
import type { ApiClient } from "./api-client.ts";
import type { InformerTiming } from "./informer-timing.ts";
import { LineFramer, ListFramer } from "./list-framer.ts";
import { pruneJson } from "./prune-json.ts";
import { IdleStream, readBody } from "./read-body.ts";
import { BrokenStream, Refusal, refusalOf } from "./refusal.ts";
import { pathOf, type WatchedKind } from "./resources.ts";

/** An event of a watch; `object` is what of it was worth parsing. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: unknown;
}

export interface WatchEnd {
  /** Where the next watch begins; undefined when only a list can tell. */
  readonly version: string | undefined;
  /** It hardly lasted. */
  readonly isShort: boolean;
}

/** A watch that failed on the way, with the version it had reached. */
export class WatchFailure extends Error {
  override readonly name = "WatchFailure";
  readonly version: string;
  /** It stood for a while before. */
  readonly hasLasted: boolean;

  constructor(version: string, hasLasted: boolean, cause: unknown) {
    super("the watch failed", { cause });
    this.version = version;
    this.hasLasted = hasLasted;
  }
}

const json = "application/json";
const metadataOnly = "as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const maxPages = 20_000;
/** A watch that ends sooner than this, with nothing in it, has failed. */
const shortWatchMs = 1_000;

/** The requests for one resource: a list of what is, and a watch of what becomes of it. */
export class ResourceRequests {
  private readonly kind: WatchedKind;
  private readonly client: ApiClient;
  private readonly timing: InformerTiming;

  constructor(kind: WatchedKind, client: ApiClient, timing: InformerTiming) {
    this.kind = kind;
    this.client = client;
    this.timing = timing;
  }

  /**
   * The newest state, in pages of one moment. It is asked for without a version: what a cache of the server holds may be
   * older than what a watch has told before.
   * @param begin called before the first object, again when the list begins anew
   * @param take every object, undefined for what is no JSON
   * @returns the version to watch from
   */
  async list(begin: () => void, take: (object: unknown) => void, signal: AbortSignal): Promise<string> {
    for (let attempt = 0; ; attempt += 1) {
      begin();
      try {
        return await this.listOnce(attempt < 2 ? this.timing.pageSize : 0, take, signal);
      } catch (error) {
        // The pages' snapshot is gone: from the beginning, and in one piece if pages are too slow.
        if (!(error instanceof Refusal && error.status === 410) || attempt >= 2) throw error;
      }
    }
  }

  private async listOnce(pageSize: number, take: (object: unknown) => void, signal: AbortSignal): Promise<string> {
    let version: string | undefined;
    let next = "";
    for (let page = 0; page === 0 || next !== ""; page += 1) {
      if (page >= maxPages) throw new BrokenStream("the list does not end");
      const query = new URLSearchParams(this.selector());
      if (pageSize > 0) query.set("limit", String(pageSize));
      if (next !== "") query.set("continue", next);
      const answer = await this.client.get(`${pathOf(this.kind)}?${query.toString()}`, this.accept("List"), signal);
      if (answer.status !== 200) throw refusalOf(answer);
      const framer = new ListFramer((item) => take(parsed(pruneJson(item, this.kind.without, 2))));
      await readBody(answer.body, (chunk) => framer.push(chunk), this.timing.idleMs);
      const envelope = envelopeOf(framer);
      version ??= textAt(envelope, "metadata", "resourceVersion");
      next = textAt(envelope, "metadata", "continue");
    }
    if (version === undefined || version === "") throw new BrokenStream("the list has no `resourceVersion`");
    return version;
  }

  /**
   * What happens from a version on, until the server ends the watch.
   * @param alive called when the watch stands, and with everything that comes
   * @throws {WatchFailure}
   */
  async watch(
    from: string,
    alive: () => void,
    take: (event: WatchEvent | undefined) => void,
    signal: AbortSignal,
  ): Promise<WatchEnd> {
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
      alive();
      const framer = new LineFramer((line) => {
        events += 1;
        version = this.takeLine(line, take) || version;
        alive();
      });
      await readBody(answer.body, (chunk) => framer.push(chunk), this.timing.idleMs);
      if (events === 0 && isShort()) throw new Error("the watch ended at once");
      return { version, isShort: isShort() };
    } catch (error) {
      if (error instanceof Refusal && error.status === 410) return { version: undefined, isShort: isShort() };
      // Not even a bookmark: the server's history is behind this version, as after a restore of etcd, and it will say
      // nothing until it has caught up.
      if (error instanceof IdleStream && events === 0) return { version: undefined, isShort: false };
      // What arrived before the trouble need not come again.
      throw new WatchFailure(version, !isShort(), error);
    }
  }

  /** @returns the version that the event brings, empty where it brings none */
  private takeLine(line: Buffer, take: (event: WatchEvent | undefined) => void): string {
    // The object is one level deeper than in a list.
    const event = parsed(pruneJson(line, this.kind.without, 3));
    const object = at(event, "object");
    const type = textAt(event, "type");
    if (type === "ERROR") throw refusalIn(object);
    const version = textAt(object, "metadata", "resourceVersion");
    if (type === "BOOKMARK") return version;
    take(type === "ADDED" || type === "MODIFIED" || type === "DELETED" ? { type, object } : undefined);
    return version;
  }

  private selector(): Record<string, string> {
    return this.kind.only === undefined ? {} : { fieldSelector: `metadata.name=${this.kind.only}` };
  }

  private accept(suffix: "List" | ""): string {
    if (this.kind.isMetadataOnly !== true) return json;
    return `${json};${metadataOnly.replace("Metadata;", `Metadata${suffix};`)},${json}`;
  }
}

/** What a server says in the middle of a watch, in the form of the answer that it can no longer give. */
function refusalIn(status: unknown): Refusal {
  const seconds = at(status, "details", "retryAfterSeconds");
  const isTold = typeof seconds === "number" && seconds >= 0;
  return new Refusal(Number(at(status, "code")) || 500, isTold ? Math.min(seconds, 300) * 1000 : undefined);
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
