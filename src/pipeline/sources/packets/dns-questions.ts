/** What became of an answer's question. */
export type Asked = "asked" | "answered" | "unasked";

/**
 * Questions on their way, so that an answer is believed only when somebody asked: same ends, same identifier, same name,
 * as a resolver checks it (RFC 5452 §4.2). Only the first answer counts, because only that one is believed. Bounded: of too
 * many questions the oldest are forgotten.
 */
export class DnsQuestions {
  /** By connection and identifier: the name and type, and whether the answer came. */
  private readonly waiting = new Map<number, { readonly question: string; isAnswered: boolean }>();
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  ask(connection: number, id: number, name: string, type: number): void {
    const key = keyOf(connection, id);
    this.waiting.delete(key);
    this.waiting.set(key, { question: `${type} ${name}`, isAnswered: false });
    if (this.waiting.size <= this.limit) return;
    for (const oldest of this.waiting.keys()) {
      this.waiting.delete(oldest);
      return;
    }
  }

  answer(connection: number, id: number, name: string, type: number): Asked {
    const found = this.waiting.get(keyOf(connection, id));
    if (found?.question !== `${type} ${name}`) return "unasked";
    if (found.isAnswered) return "answered";
    found.isAnswered = true;
    return "asked";
  }

  clear(): void {
    this.waiting.clear();
  }
}

/** Serial numbers of connections stay far below 2^37. */
function keyOf(connection: number, id: number): number {
  return connection * 65_536 + id;
}
