import { addToEdge, blockShift, hourMs, hoursPerBlock, latestMs } from "./edge-sums.ts";
import type { RowTable } from "./row-table.ts";

const size = 256;

/**
 * Updates of edges that wait to be made together. Each update alone is a chain of cache misses; made in rounds over
 * many updates, the misses of one round do not wait for each other. Flows of an edge's present hour are counted apart,
 * close together, and reach the activity when another hour comes or everything is asked for.
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
  private count = 0;
  /** By edge: the hour last counted, one higher (0: none), and the flows in it that `activity` does not have yet. */
  private present = new Float64Array(512);
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
   * `flows` 0 for a record that only shows that a flow goes on, -1 where that was counted before; `isMore` when its bytes were counted nowhere else; bytes
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

  private flush(): void {
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
      else addToEdge(edges, edge, 0, 1 + counted, moreBytes[i]! + 1, bytes[i]! + 1, startMs[i]! + 1, endMs[i]! + 1);
    }
  }

  /** Every update is made, and every hour written. */
  settle(): void {
    this.flush();
    const { edges, present } = this;
    const end = Math.min(2 * edges.count, present.length);
    for (let at = 0; at < end; at += 2) if (present[at + 1]! > 0) this.write(at);
  }

  private addHours(): void {
    const { count, edges, rows, flows, hours } = this;
    if (2 * edges.count > this.present.length) {
      const present = new Float64Array(4 * edges.count);
      present.set(this.present);
      this.present = present;
    }
    const { present } = this;
    for (let i = 0; i < count; i += 1) {
      const edge = rows[i]!;
      const hour = hours[i]!;
      if (edge < 0 || hour < 0) continue;
      const counted = flows[i]!;
      // Records come nearly in the order of time: mostly it is the hour of last time.
      if (counted <= 0) this.addContinued(edge, hour);
      else if (present[2 * edge] === hour + 1) present[2 * edge + 1] = present[2 * edge + 1]! + counted;
      else this.begin(edge, hour, counted);
    }
  }

  /** Counts in another hour than last time. The row is taken now, so that what finds no room is known now. */
  private begin(edge: number, hour: number, flows: number): void {
    const { present, activity } = this;
    const at = 2 * edge;
    if (present[at + 1]! > 0) this.write(at);
    const hasRow = activity.add(edge, hour >> blockShift, 0, 0) >= 0;
    if (!hasRow) this.overflow.activity += flows;
    present[at] = hasRow ? hour + 1 : 0;
    present[at + 1] = hasRow ? flows : 0;
  }

  private write(at: number): void {
    const { present, activity } = this;
    const hour = present[at]! - 1;
    addHour(activity, activity.find(at >> 1, hour >> blockShift, 0, 0), hour, present[at + 1]!);
    present[at + 1] = 0;
  }

  private addContinued(edge: number, hour: number): void {
    const row = this.continued.add(edge, hour >> blockShift, 0, 0);
    if (row < 0) this.overflow.activity += 1;
    else addHour(this.continued, row, hour, 1);
  }
}

function addHour({ sums, stride }: RowTable, row: number, hour: number, flows: number): void {
  const at = stride * row + 2 + (hour & (hoursPerBlock - 1));
  sums[at] = sums[at]! + flows;
}
