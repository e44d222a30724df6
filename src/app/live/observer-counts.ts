/** What one source brought and lost in a span of time; times in milliseconds. */
export interface SourceCounts {
  records: number;
  malformed: number;
  lost: number;
  outages: number;
  dropped: number;
  /** Records that said to come from the future: they count as of their arrival. */
  ahead: number;
  receivedBytes: number;
  lagCount: number;
  lagSum: number;
  lagMax: number;
  lastArrivalMs: number | undefined;
}

export function freshCounts(): SourceCounts {
  return {
    records: 0,
    malformed: 0,
    lost: 0,
    outages: 0,
    dropped: 0,
    ahead: 0,
    receivedBytes: 0,
    lagCount: 0,
    lagSum: 0,
    lagMax: 0,
    lastArrivalMs: undefined,
  };
}

/** Adds up counts of spans that follow each other. */
export function addCounts(to: SourceCounts, from: SourceCounts): void {
  to.records += from.records;
  to.malformed += from.malformed;
  to.lost += from.lost;
  to.outages += from.outages;
  to.dropped += from.dropped;
  to.ahead += from.ahead;
  to.receivedBytes += from.receivedBytes;
  to.lagCount += from.lagCount;
  to.lagSum += from.lagSum;
  to.lagMax = Math.max(to.lagMax, from.lagMax);
  to.lastArrivalMs = from.lastArrivalMs ?? to.lastArrivalMs;
}
