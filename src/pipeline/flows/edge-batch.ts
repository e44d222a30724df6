import { addToEdge, blockShift, hourMs, hoursPerBlock } from "./edge-sums.ts";
import type { RowTable } from "./row-table.ts";

const size = 512;
/** The end of the year 9999: hours stay small numbers whatever a record claims. */
const latestMs = 253_402_300_799_999;

/**
 * Updates of edges that wait to be made together. Each update alone is a chain of cache misses; made in rounds over
 * many updates, the misses of one round do not wait for each other.
 */
export class EdgeBatch {
  private readonly source = new Int32Array(size);
  private readonly address = new Int32Array(size);
  private readonly meta = new Int32Array(size);
  private readonly flows = new Float64Array(size);
  private readonly bytes = new Float64Array(size);
  private readonly moreBytes = new Float64Array(size);
  private readonly startMs = new Float64Array(size);
  private readonly endMs = new Float64Array(size);
  private readonly hours = new Int32Array(size);
  private readonly rows = new Int32Array(size);
  private readonly blocks = new Int32Array(size);
  private count = 0;
  private lastActivity = new Int32Array(256);
  private readonly edges: RowTable;
  private readonly activity: RowTable;
  private readonly continued: RowTable;
  private readonly overflow: { edges: number; activity: number };

  constructor(edges: RowTable, activity: RowTable, continued: RowTable, overflow: { edges: number; activity: number }) {
    this.edges = edges;
    this.activity = activity;
    this.continued = continued;
    this.overflow = overflow;
  }

  /**
   * `flows` 0 for a record that only shows that a flow goes on, `isMore` when its bytes were counted nowhere else; bytes
   * and times -1 where unknown.
   */
  add(
    source: number,
    address: number,
    meta: number,
    flows: number,
    bytes: number,
    isMore: boolean,
    startMs: number,
    endMs: number,
  ): void {
    const at = this.count;
    this.source[at] = source;
    this.address[at] = address;
    this.meta[at] = meta;
    this.flows[at] = flows;
    this.bytes[at] = isMore ? -1 : bytes;
    this.moreBytes[at] = isMore ? bytes : -1;
    this.startMs[at] = startMs;
    this.endMs[at] = endMs;
    this.hours[at] = startMs < 0 ? -1 : Math.floor(Math.min(startMs, latestMs) / hourMs);
    this.count = at + 1;
    if (this.count === size) this.flush();
  }

  flush(): void {
    const { count, edges, rows, source, address, meta } = this;
    edges.addAll(source, address, meta, rows, count);
    this.addSums();
    this.addHours();
    this.count = 0;
  }

  private addSums(): void {
    const { count, edges, rows, flows, bytes, moreBytes, startMs, endMs } = this;
    for (let i = 0; i < count; i += 1) {
      const edge = rows[i]!;
      const counted = flows[i]!;
      if (edge < 0) this.overflow.edges += Math.max(1, counted);
      else if (counted > 0) addToEdge(edges, edge, counted, 0, bytes[i]! + 1, 0, startMs[i]! + 1, endMs[i]! + 1);
      else addToEdge(edges, edge, 0, 1, moreBytes[i]! + 1, bytes[i]! + 1, startMs[i]! + 1, endMs[i]! + 1);
    }
  }

  private addHours(): void {
    const { count, edges, activity, rows, blocks, flows, hours } = this;
    if (edges.count > this.lastActivity.length) {
      const lastActivity = new Int32Array(2 * edges.count);
      lastActivity.set(this.lastActivity);
      this.lastActivity = lastActivity;
    }
    const { lastActivity } = this;
    for (let i = 0; i < count; i += 1) {
      const edge = rows[i]!;
      blocks[i] = -1;
      if (edge < 0 || hours[i]! < 0) continue;
      const block = hours[i]! >> blockShift;
      if (flows[i] === 0) {
        this.addHour(this.continued, this.continued.add(edge, block, 0, 0), i, 1);
        continue;
      }
      // Records come nearly in the order of time: mostly it is the block of last time.
      let row = lastActivity[edge]!;
      if (row >= activity.count || activity.key(row, 0) !== edge || activity.key(row, 1) !== block) {
        row = activity.add(edge, block, 0, 0);
        if (row >= 0) lastActivity[edge] = row;
        else this.overflow.activity += flows[i]!;
      }
      blocks[i] = row;
    }
    for (let i = 0; i < count; i += 1) if (blocks[i]! >= 0) this.addHour(activity, blocks[i]!, i, flows[i]!);
  }

  private addHour(table: RowTable, row: number, i: number, flows: number): void {
    if (row < 0) {
      this.overflow.activity += flows;
      return;
    }
    const { sums, stride } = table;
    const at = stride * row + 2 + (this.hours[i]! & (hoursPerBlock - 1));
    sums[at] = sums[at]! + flows;
  }
}
