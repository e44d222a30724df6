/**
 * How much of something scarce each client holds. Nobody may hold more than half, so that there is room for others however
 * much one sends; where one unit is more than half, one unit.
 */
export class Share {
  readonly #most: number;
  readonly #held = new Map<string, number>();

  constructor(all: number, unit = 1) {
    this.#most = Math.max(unit, Math.floor(all / 2));
  }

  /** Whether the client may hold this much more. */
  has(client: string, amount = 1): boolean {
    return (this.#held.get(client) ?? 0) + amount <= this.#most;
  }

  take(client: string, amount = 1): void {
    this.#held.set(client, (this.#held.get(client) ?? 0) + amount);
  }

  giveBack(client: string, amount = 1): void {
    const left = (this.#held.get(client) ?? 0) - amount;
    if (left > 0) this.#held.set(client, left);
    else this.#held.delete(client);
  }
}
