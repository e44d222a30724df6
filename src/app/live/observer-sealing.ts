import { gatherHarvest } from "../../pipeline/flows/gather.ts";
import { type BatchHead, sealYields, type SourceYield } from "../../pipeline/flows/seal.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import type { ObservedCluster } from "./observer-cluster.ts";
import { countsFlows, reportOf, saysSomething } from "./observer-report.ts";
import { liveLimits, type ObservedSource, type SourceCut } from "./observer-source.ts";
import type { ObserverLedger } from "./observer-status.ts";
import type { ObserverParts, ObserverPlan } from "./observer.ts";
import type { SourcePosition } from "./outbox.ts";

/** Without news a batch is sealed all the same after so long, so that a silent observer can be told from a dead one. */
const heartbeatMs = 30_000;
/** Of a batch: more is sealed into several, far below what a collector takes. */
const usualRowsPerBatch = 150_000;

/** What sources brought up to a position; undefined where a source did not come to one. */
type Cuts = readonly (readonly [ObservedSource, SourceCut | undefined])[];

/** Makes batches of what sources brought, and puts them into the outbox with the positions behind them. */
export class Sealing {
  /** Rows by source that nobody will take, to be told with the next batch. */
  readonly refused = new Map<string, number>();
  private readonly plan: Pick<ObserverPlan, "observer" | "cluster" | "networks">;
  private readonly parts: Omit<ObserverParts, "sink" | "random">;
  private readonly cluster: ObservedCluster;
  private readonly ledger: ObserverLedger;
  private readonly countedFlows = new Set<string>();
  private readonly positions: Map<string, SourcePosition>;
  private readonly rowsPerBatch: number;
  private sealedAtMs = 0;
  private statesTold = "";
  /** Sealed and not yet in the outbox, because the disk would not take it. */
  private pending: (() => Promise<boolean>) | undefined;
  /** Cut and not yet sealed, a batch each: what was cut with one that the disk would not take. */
  private unsealed: readonly Cuts[] = [];

  constructor(
    plan: Pick<ObserverPlan, "observer" | "cluster" | "networks">,
    parts: Omit<ObserverParts, "sink" | "random">,
    cluster: ObservedCluster,
    ledger: ObserverLedger,
    rowsPerBatch = usualRowsPerBatch,
  ) {
    this.rowsPerBatch = rowsPerBatch;
    this.plan = plan;
    this.parts = parts;
    this.cluster = cluster;
    this.ledger = ledger;
    this.positions = new Map(parts.outbox.positions);
  }

  /** Cuts all sources, and puts what they brought into the outbox. */
  async seal(sources: readonly ObservedSource[], patienceMs: number, isLast: boolean): Promise<void> {
    if (this.pending !== undefined && !(await this.pending())) return;
    if (!(await this.sealParts(sources, true))) return;
    const cuts = await Promise.all(sources.map(async (source) => [source, await source.nextCut(patienceMs)] as const));
    this.unsealed = partsOf(cuts, this.rowsPerBatch);
    await this.sealParts(sources, isLast);
  }

  /** @returns false when one of them is not in the outbox: it and those behind it wait for the next sealing */
  private async sealParts(sources: readonly ObservedSource[], isForced: boolean): Promise<boolean> {
    for (;;) {
      const [part, ...others] = this.unsealed;
      if (part === undefined) return true;
      this.unsealed = others;
      if (!(await this.sealCuts(sources, part, isForced || others.length > 0))) return false;
    }
  }

  private async sealCuts(sources: readonly ObservedSource[], cuts: Cuts, isForced: boolean): Promise<boolean> {
    const { plan, parts, ledger } = this;
    const { outbox } = parts;
    const overdue = outbox.overdue();
    const refused = new Map(this.refused);
    const yields = cuts.map(([source, cut]) => {
      const { name } = source.source;
      return this.yieldOf(source, cut, (overdue.rows.get(name) ?? 0) + (refused.get(name) ?? 0));
    });
    const nowMs = parts.nowMs();
    const states = sources.map(({ source, state, message }) => `${source.name} ${state} ${message}`).join("\n");
    const isNews =
      overdue.batches > 0 ||
      states !== this.statesTold ||
      yields.some(({ report, coarse }) => saysSomething(report) || coarse.length > 0) ||
      cuts.some(([{ source }, cut]) => cut?.position !== this.positions.get(source.name)?.position && isForced);
    const quietMs = nowMs - this.sealedAtMs;
    // A clock that was set back says nothing of how long it was quiet.
    if (!isNews && quietMs >= 0 && quietMs < heartbeatMs) return true;
    const head: BatchHead = {
      observer: plan.observer,
      incarnation: outbox.incarnation,
      sequence: outbox.nextSequence,
      cluster: plan.cluster,
      sealedAtMs: Math.floor(nowMs),
    };
    const plain = sealYields(yields, head);
    const packed = parts.pack(parts.anonymise?.(plain) ?? plain);
    const positions = new Map(this.positions);
    for (const [{ source }, cut] of cuts) {
      if (cut?.position !== undefined) positions.set(source.name, { kind: source.kind, position: cut.position });
    }
    const entry = { sequence: head.sequence, packed, rows: rowsOf(plain), positions };
    this.pending = async () => {
      const appended = await outbox.append(entry);
      ledger.appended(appended, head.sequence);
      if (!appended.ok) return false;
      this.pending = undefined;
      this.sealedAtMs = nowMs;
      this.statesTold = states;
      this.takeBack(refused);
      ledger.sealed(plain, packed.length, overdue);
      for (const [name, position] of positions) this.positions.set(name, position);
      await Promise.all(cuts.map(async ([source, cut]) => this.confirm(source, cut?.position)));
      return true;
    };
    return this.pending();
  }

  private yieldOf(source: ObservedSource, cut: SourceCut | undefined, droppedBefore: number): SourceYield {
    const { name, kind } = source.source;
    const nowMs = this.parts.nowMs();
    if (cut === undefined) {
      const report = reportOf(kind, source.state, source.message, undefined, undefined, droppedBefore);
      return { source: name, harvest: { edges: [], nameEvidence: [] }, coarse: [], arrivedAtMs: nowMs, report };
    }
    const { collected, coarse, arrivedAtMs } = cut;
    if (this.cluster.isInferring) {
      this.cluster.learn(collected.podBlocks);
      this.cluster.refresh();
    }
    if (countsFlows(collected)) this.countedFlows.add(name);
    const harvest = gatherHarvest(
      [collected],
      { facts: this.parts.view.facts(), given: this.plan.networks },
      liveLimits,
      [],
      { count: cut.counts.malformed, samples: [] },
      // Once a source has told when flows begin, what only goes on has been counted then.
      { index: this.cluster.index, continued: this.countedFlows.has(name) ? "none" : "flows" },
    );
    const report = reportOf(kind, source.state, source.message, cut, harvest, droppedBefore);
    return { source: name, harvest, coarse, arrivedAtMs, report };
  }

  private takeBack(told: ReadonlyMap<string, number>): void {
    for (const [name, rows] of told) this.refused.set(name, Math.max(0, (this.refused.get(name) ?? 0) - rows));
  }

  private async confirm(source: ObservedSource, position: string | undefined): Promise<void> {
    try {
      await source.confirm(position);
    } catch (error) {
      // The peer was not told: it will send again what is stored, which the position leaves out.
      const { name } = source.source;
      this.parts.log.say("warn", "a source could not tell its peer what is stored", {
        source: name,
        reason: textOf(error),
      });
    }
  }
}

/** Cuts that are too much for one batch, shared out; one part at least. */
function partsOf(cuts: Cuts, rowsPerBatch: number): readonly Cuts[] {
  const parts: Cuts[] = [];
  let part: Cuts[number][] = [];
  let rows = 0;
  for (const cut of cuts) {
    const { table } = cut[1]?.collected ?? {};
    const more = table === undefined ? 0 : Math.max(table.edges.count, table.activity.count) + table.names.count;
    if (part.length > 0 && rows + more > rowsPerBatch) {
      parts.push(part);
      part = [];
      rows = 0;
    }
    part.push(cut);
    rows += more;
  }
  return [...parts, part];
}

function rowsOf({ sources, edges, names, coarse }: SealedBatch): ReadonlyMap<string, number> {
  const rows = new Map<string, number>();
  for (const { source } of [...edges, ...names, ...coarse]) {
    const name = sources[source] ?? "";
    rows.set(name, (rows.get(name) ?? 0) + 1);
  }
  return rows;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
