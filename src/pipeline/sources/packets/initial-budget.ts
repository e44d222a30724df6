import { initialsPerSecond } from "./capture-limits.ts";

/**
 * How many QUIC packets may still be opened in this second of the capture. Opening one takes a tenth of a millisecond, and
 * anybody can send any number of them. A capture without times is a file that somebody chose, and has no limit.
 */
export class InitialBudget {
  private second = -1;
  private left = initialsPerSecond;

  hasRoom(timeMs: number): boolean {
    const second = Math.floor(timeMs / 1000);
    if (second !== this.second || timeMs === 0) {
      this.second = second;
      this.left = initialsPerSecond;
    }
    return this.left > 0;
  }

  spend(packets: number): void {
    this.left -= packets;
  }
}
