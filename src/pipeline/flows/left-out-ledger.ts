import { formatIp, type IpAddress } from "../../core/net/ip.ts";
import type { CollectorSnapshot, PlacedExample } from "./collector.ts";
import { readEdgeMeta } from "./flow-table.ts";
import { type LeftOut, type LeftOutReason, leftOutReasons } from "./harvest.ts";

/** What was left out, by the judge of records and by the look at whole edges, with one example per reason. */
export class LeftOutLedger {
  private readonly flows = new Map<LeftOutReason, number>();
  private readonly fromRecords = new Map<LeftOutReason, PlacedExample>();
  private readonly fromEdges = new Map<LeftOutReason, string>();

  addRecords({ leftOut, examples }: CollectorSnapshot): void {
    for (const [index, reason] of leftOutReasons.entries()) {
      this.count(reason, leftOut[index]!);
      const theirs = examples[index];
      const mine = this.fromRecords.get(reason);
      if (theirs !== undefined && (mine === undefined || theirs.piece < mine.piece))
        this.fromRecords.set(reason, theirs);
    }
  }

  /** The alphabetically first edge is the example: no order of workers can change it. */
  addEdge(reason: LeftOutReason, flows: number, who: string, address: IpAddress, meta: number): void {
    this.count(reason, flows);
    if (this.fromRecords.has(reason)) return;
    const { protocol, port } = readEdgeMeta(meta);
    const text = `${who} → ${formatIp(address)} ${protocol}${port === 0 ? "" : `/${port}`}`;
    const known = this.fromEdges.get(reason);
    if (known === undefined || text < known) this.fromEdges.set(reason, text);
  }

  private count(reason: LeftOutReason, flows: number): void {
    if (flows > 0) this.flows.set(reason, (this.flows.get(reason) ?? 0) + flows);
  }

  flowsOf(reason: LeftOutReason): number {
    return this.flows.get(reason) ?? 0;
  }

  list(): LeftOut[] {
    return leftOutReasons
      .filter((reason) => this.flows.has(reason))
      .map((reason) => ({
        reason,
        flows: this.flowsOf(reason),
        example: this.fromRecords.get(reason)?.text ?? this.fromEdges.get(reason) ?? "",
      }));
  }
}
