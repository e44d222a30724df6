import { type ConnectionPool, type Consumer, findErrorBy, type RecordsBatch } from "@platformatic/kafka";
import { checkingPool } from "./fetched-batches.ts";
import { findReadable, isUnreadable } from "./unreadable.ts";

type FetchResponse = Awaited<ReturnType<Consumer["fetch"]>>;

const fetchWaitMs = 250;
const fetchBytes = 4 << 20;
const partitionBytes = 1 << 20;
/** So few bytes bring a single batch, however long it is. */
const oneBatch = 1;
/** So often an answer that cannot be read is asked for, each time with the client's own attempts. */
const readTries = 2;
const outOfRange = 1;

/** A partition, and the message to read next. */
export interface Place {
  readonly partition: number;
  readonly offset: bigint;
}

/** Who leads a topic's partitions. */
export interface Leader {
  readonly node: number;
  readonly topicId: string;
}

/** What became of a place. */
export type Fetched =
  | { readonly kind: "records"; readonly partition: number; readonly batches: readonly RecordsBatch[] }
  /** The broker does not have what comes next. `start`: where the partition begins, when it says so. */
  | { readonly kind: "gone"; readonly partition: number; readonly start: bigint | undefined }
  /** What no client of this kind can read, from `from` to before `next`. */
  | { readonly kind: "unreadable"; readonly partition: number; readonly from: bigint; readonly next: bigint };

/** Asks brokers for messages, and finds the way around those that cannot be read. */
export class TopicFetcher {
  private readonly consumer: Consumer;
  private readonly topic: string;
  /** The same at each fetch: the client keeps what it agreed with a broker by it. */
  private readonly connections: ConnectionPool;

  constructor(consumer: Consumer, topic: string) {
    this.consumer = consumer;
    this.topic = topic;
    this.connections = checkingPool(consumer);
  }

  /**
   * What a broker has for some of its partitions; nothing is told of those without news. Rejects when it cannot be talked to,
   * and when nothing in a partition can be read.
   * @param isWanted whether the places are still ours: reading around a damaged batch takes many requests
   */
  async fetch(leader: Leader, places: readonly Place[], isWanted: () => boolean): Promise<readonly Fetched[]> {
    try {
      return fetchedOf(await this.ask(leader, places, partitionBytes));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
    const found: (readonly Fetched[])[] = [];
    for (const place of places) found.push(await this.fetchAround(leader, place, isWanted));
    return found.flat();
  }

  /** The next batch of a partition by itself, or where reading can go on behind what cannot be read. */
  private async fetchAround(leader: Leader, place: Place, isWanted: () => boolean): Promise<readonly Fetched[]> {
    const { partition, offset: from } = place;
    for (let tries = 0; tries < readTries; tries += 1) {
      const fetched = await this.fetchBatch(leader, place);
      if (fetched !== undefined) return fetched;
      if (!isWanted()) return [];
    }
    const canRead = async (offset: bigint): Promise<boolean> =>
      !isWanted() || (await this.fetchBatch(leader, { partition, offset })) !== undefined;
    const next = await findReadable(from, canRead);
    if (next === undefined) throw new Error(`nothing in partition ${partition} of \`${this.topic}\` can be read`);
    return [{ kind: "unreadable", partition, from, next }];
  }

  /** Undefined when the batch cannot be read. */
  private async fetchBatch(leader: Leader, place: Place): Promise<readonly Fetched[] | undefined> {
    try {
      return fetchedOf(await this.ask(leader, [place], oneBatch));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return undefined;
    }
  }

  private async ask(
    { node, topicId }: Leader,
    places: readonly Place[],
    partitionMaxBytes: number,
  ): Promise<FetchResponse> {
    const partitions = places.map(({ partition, offset }) => ({
      partition,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      fetchOffset: offset,
      partitionMaxBytes,
    }));
    try {
      return await this.consumer.fetch({
        node,
        topics: [{ topicId, partitions }],
        minBytes: 1,
        maxBytes: fetchBytes,
        maxWaitTime: fetchWaitMs,
        connectionPool: this.connections,
      });
    } catch (error) {
      // One partition out of range makes a failure of the whole answer, which came along.
      const isOutOfRange = error instanceof Error && findErrorBy(error, "apiId", "OFFSET_OUT_OF_RANGE") !== null;
      const response = isOutOfRange ? responseIn(error) : undefined;
      const codes = response?.responses.flatMap((one) => one.partitions).map(({ errorCode }) => errorCode);
      if (response === undefined || codes?.some((code) => code !== 0 && code !== outOfRange) === true) throw error;
      return response;
    }
  }
}

function fetchedOf({ responses }: FetchResponse): readonly Fetched[] {
  return responses
    .flatMap(({ partitions }) => partitions)
    .flatMap(({ partitionIndex: partition, errorCode, records, logStartOffset }): readonly Fetched[] => {
      if (errorCode === outOfRange) {
        return [{ kind: "gone", partition, start: logStartOffset >= 0n ? logStartOffset : undefined }];
      }
      return records === undefined || records === null || records.length === 0
        ? []
        : [{ kind: "records", partition, batches: records }];
    });
}

function responseIn(error: unknown): FetchResponse | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("response" in error && error.response !== undefined) return error.response as FetchResponse;
  return error instanceof AggregateError
    ? error.errors.map(responseIn).findLast((found) => found !== undefined)
    : undefined;
}
