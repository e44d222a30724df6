const sessionMs = 60_000;
/** Of all logs together; those without a packet for longest are forgotten. */
const maxSessions = 65_536;

/** Sessions of protocols without a handshake: packets of the same ends within a minute are one. */
export class RecentSessions {
  /** When each had its last packet, that of the longest silence first. */
  private readonly lastMs = new Map<string, number>();
  private readonly most: number;

  constructor(most: number = maxSessions) {
    this.most = most;
  }

  /** Whether the packet begins one. */
  begins(key: string, timeMs: number): boolean {
    const last = this.lastMs.get(key);
    this.lastMs.delete(key);
    this.lastMs.set(key, timeMs);
    if (this.lastMs.size > this.most) {
      const [oldest] = this.lastMs.keys();
      this.lastMs.delete(oldest!);
    }
    return last === undefined || timeMs - last > sessionMs;
  }
}
