/** What was allowed stays so a little longer than what was not: whoever was just given a role tries again at once. */
const allowedMs = 30_000;
const deniedMs = 10_000;
const mostEntries = 200_000;

/** Answers of clusters, for seconds; questions that are under way are asked once, and only so many at a time of one cluster. */
export class ReviewCache {
  readonly #nowMs: () => number;
  readonly #mostAtOnce: number;
  readonly #known = new Map<string, { readonly isAllowed: boolean; readonly untilMs: number }>();
  readonly #underWay = new Map<string, Promise<boolean>>();
  readonly #lanes = new Map<string, { busy: number; readonly queue: (() => void)[] }>();

  constructor(nowMs: () => number, mostAtOnce: number) {
    this.#nowMs = nowMs;
    this.#mostAtOnce = mostAtOnce;
  }

  /**
   * @param lane what has its own limit of questions at a time
   * @param ask undefined: nobody could be asked. That is answered with no, and not remembered.
   */
  answer(lane: string, key: string, ask: () => Promise<boolean | undefined>): Promise<boolean> {
    const known = this.#known.get(key);
    if (known !== undefined && this.#nowMs() < known.untilMs) return Promise.resolve(known.isAllowed);
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const asked = this.#ask(lane, key, ask).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    return asked;
  }

  async #ask(lane: string, key: string, ask: () => Promise<boolean | undefined>): Promise<boolean> {
    const leave = await this.#enter(lane);
    try {
      const isAllowed = await ask().catch(() => undefined);
      if (isAllowed === undefined) return false;
      this.#known.delete(key);
      if (this.#known.size >= mostEntries) this.#known.delete(this.#known.keys().next().value!);
      this.#known.set(key, { isAllowed, untilMs: this.#nowMs() + (isAllowed ? allowedMs : deniedMs) });
      return isAllowed;
    } finally {
      leave();
    }
  }

  async #enter(name: string): Promise<() => void> {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { busy: 0, queue: [] };
      this.#lanes.set(name, lane);
    }
    const own = lane;
    if (own.busy >= this.#mostAtOnce) {
      const { promise, resolve } = Promise.withResolvers<void>();
      own.queue.push(resolve);
      await promise;
    } else own.busy += 1;
    return () => {
      const next = own.queue.shift();
      if (next === undefined) own.busy -= 1;
      else next();
    };
  }
}
