import { formatIp, parseIp } from "../../core/net/ip.ts";

const windowMs = 60_000;
const mostFailures = 20;
const mostAddresses = 10_000;

/**
 * Counts failed authentications by address. A client that fails too often is told to stay away for a while, and its
 * failures are no longer worth a line in the log each. Whoever shows a good token is served all the same: behind one
 * address there may be many observers, of which one has an old token.
 */
export class FailureLimit {
  readonly #nowMs: () => number;
  readonly #most: number;
  readonly #failures = new Map<string, { count: number; sinceMs: number }>();

  constructor(nowMs: () => number, most: number = mostFailures) {
    this.#nowMs = nowMs;
    this.#most = most;
  }

  /** @returns milliseconds to stay away without another failure; undefined while there were few */
  waitMs(address: string): number | undefined {
    const now = this.#nowMs();
    const entry = this.#failures.get(networkOf(address));
    if (entry === undefined || entry.count < this.#most || now < entry.sinceMs) return undefined;
    const leftMs = entry.sinceMs + windowMs - now;
    return leftMs > 0 ? leftMs : undefined;
  }

  /** Counts one more. @returns milliseconds to stay away; undefined while there were few */
  failed(address: string): number | undefined {
    const now = this.#nowMs();
    const key = networkOf(address);
    let entry = this.#failures.get(key);
    if (entry === undefined || now < entry.sinceMs || now - entry.sinceMs >= windowMs) {
      this.#failures.delete(key);
      if (this.#failures.size >= mostAddresses) {
        const [oldest] = this.#failures.keys();
        this.#failures.delete(oldest!);
      }
      entry = { count: 0, sinceMs: now };
      this.#failures.set(key, entry);
    }
    entry.count += 1;
    return entry.count > this.#most ? entry.sinceMs + windowMs - now : undefined;
  }
}

/** What counts as one client. One host has a whole /64 of IPv6 to choose from; IPv4 comes as `::ffff:…` to a socket that takes both. */
export function networkOf(address: string): string {
  const parsed = parseIp(address.replace(/%.*$/, ""));
  if (!parsed.ok) return address;
  const { family, value } = parsed.value;
  return family === 4 ? formatIp(parsed.value) : `${formatIp({ family, value: (value >> 64n) << 64n })}/64`;
}
