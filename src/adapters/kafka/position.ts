/** Up to where a topic was read: per partition the offset of the next message. */
export interface TopicPosition {
  readonly topic: string;
  /** Kafka's identifier of the topic; another topic of the same name has another. The name itself with old brokers. */
  readonly topicId: string;
  readonly next: ReadonlyMap<number, bigint>;
}

const form = /^(?:0|[1-9]\d{0,18})$/;

/** The text of a position: partitions ascending, offsets as decimal text. */
export function formatPosition({ topic, topicId, next }: TopicPosition): string {
  const pairs = [...next].toSorted(([a], [b]) => a - b).map(([partition, offset]) => [partition, String(offset)]);
  return JSON.stringify({ topic, topicId, next: pairs });
}

/** Reads what {@link formatPosition} wrote; undefined for anything else. */
export function parsePosition(text: string): TopicPosition | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || !("next" in parsed) || !Array.isArray(parsed.next))
    return undefined;
  if (!("topic" in parsed) || !("topicId" in parsed)) return undefined;
  const { topic, topicId } = parsed;
  if (typeof topic !== "string" || typeof topicId !== "string") return undefined;
  const next = new Map<number, bigint>();
  for (const pair of parsed.next as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const [partition, offset] = pair as unknown[];
    if (!Number.isSafeInteger(partition) || (partition as number) < 0) return undefined;
    if (typeof offset !== "string" || !form.test(offset)) return undefined;
    next.set(partition as number, BigInt(offset));
  }
  return { topic, topicId, next };
}
