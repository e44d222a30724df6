import type {
  BatchName,
  CoarseQuery,
  Coverage,
  EdgeQuery,
  EdgeStore,
  NameQuery,
  RetentionPlan,
  StoredCoarse,
  StoredName,
  Talker,
  Window,
} from "../../src/app/history/edge-store.ts";
import { compareIp, formatIp } from "../../src/core/net/ip.ts";
import { protocols } from "../../src/core/net/l4.ts";
import { compareOwners, compareText } from "../../src/pipeline/flows/edge-builder.ts";
import type { Edge } from "../../src/pipeline/flows/edge.ts";
import type {
  BatchOwner,
  CoarseDelta,
  EdgeDelta,
  NameDelta,
  SealedBatch,
} from "../../src/pipeline/flows/sealed-batch.ts";

const hourMs = 3_600_000;
const verdicts = ["seen", "allowed", "denied", "unanswered"];
const origins = ["flow", "dns-answer", "tls-sni"];

type Owned<T> = Omit<T, "source" | "owner"> & { readonly source: string; readonly owner: BatchOwner };

/** Keeps every row as it came and answers by the words of the port, row by row. No index, no merging, never optimised. */
export class PlainEdgeStore {
  private edgeRows: Owned<EdgeDelta>[] = [];
  private nameRows: Owned<NameDelta>[] = [];
  private coarseRows: Owned<CoarseDelta>[] = [];
  private readonly marks = new Map<string, number>();
  private rolledBefore = 0;

  append(batches: readonly SealedBatch[]): readonly ("stored" | "known")[] {
    return batches.map((batch) => {
      const mark = JSON.stringify([batch.cluster, batch.observer, batch.incarnation]);
      if (batch.sequence <= (this.marks.get(mark) ?? 0)) return "known";
      this.marks.set(mark, batch.sequence);
      const owned = <T extends { source: number; owner: number }>(row: T): Owned<T> => ({
        ...row,
        source: batch.sources[row.source]!,
        owner: batch.owners[row.owner]!,
      });
      this.edgeRows.push(...batch.edges.map(owned<EdgeDelta>));
      this.nameRows.push(...batch.names.map(owned<NameDelta>));
      this.coarseRows.push(...batch.coarse.map(owned<CoarseDelta>));
      return "stored";
    });
  }

  known(names: readonly BatchName[]): boolean[] {
    return names.map(({ cluster, observer, incarnation, sequence }) => {
      return sequence <= (this.marks.get(JSON.stringify([cluster, observer, incarnation])) ?? 0);
    });
  }

  edges({ limit, window, ...asked }: EdgeQuery): { edges: Edge[]; isCut: boolean } {
    const edges = this.aggregate(this.edgeRows.filter((row) => isOf(row, asked) && this.isIn(row.hour, window)));
    edges.sort(compareEdges);
    return { edges: edges.slice(0, limit), isCut: edges.length > limit };
  }

  names({ window, name, address, limit, ...asked }: NameQuery): StoredName[] {
    const days = this.nameRows.filter(
      (row) =>
        isOf(row, asked) &&
        (name === undefined || row.name === name) &&
        (address === undefined || compareIp(row.address, address) === 0) &&
        overlaps(Math.floor(row.lastSeenMs / (24 * hourMs)) * 24, 24, window),
    );
    const key = (row: Owned<NameDelta>): string => JSON.stringify([row.owner, row.name, ipText(row.address), row.from]);
    return [...Map.groupBy(days, key).values()]
      .map((rows) => {
        const { owner, name: own, address: to, from } = rows[0]!;
        const latest = rows.toSorted((a, b) => b.lastSeenMs - a.lastSeenMs || compareLists(b.chain, a.chain))[0]!;
        const ttls = rows.flatMap(({ ttlSeconds }) => ttlSeconds ?? []);
        return {
          cluster: owner.cluster,
          namespace: owner.namespace,
          workload: owner.workload,
          name: own,
          address: to,
          from,
          chain: latest.chain,
          ttlSeconds: ttls.length === 0 ? undefined : Math.min(...ttls),
          count: largestOfSources(rows, ({ count }) => count)!,
          firstSeenMs: Math.min(...rows.map((row) => Math.min(row.firstSeenMs, row.lastSeenMs))),
          lastSeenMs: Math.max(...rows.map(({ lastSeenMs }) => lastSeenMs)),
        };
      })
      .sort(
        (a, b) =>
          compareText(a.name, b.name) ||
          compareIp(a.address, b.address) ||
          compareOwners(a, b) ||
          origins.indexOf(a.from) - origins.indexOf(b.from),
      )
      .slice(0, limit);
  }

  newDestinations({ sinceMs, limit, ...asked }: Parameters<EdgeStore["newDestinations"]>[0]): Edge[] {
    const destination = ({ owner, address, prefixLength, protocol, port, verdict }: Owned<EdgeDelta>): string => {
      const isReached = verdict === "seen" || verdict === "allowed";
      return JSON.stringify([owner.cluster, owner.namespace, ipText(address), prefixLength, protocol, port, isReached]);
    };
    const own = this.edgeRows.filter((row) => isOf(row, asked));
    const old = new Set(own.filter(({ firstSeenMs }) => firstSeenMs < sinceMs).map(destination));
    const edges = this.aggregate(own.filter((row) => !old.has(destination(row))));
    return edges.sort((a, b) => b.firstSeenMs! - a.firstSeenMs! || compareEdges(a, b)).slice(0, limit);
  }

  topTalkers({ cluster, window, of, by, limit }: Parameters<EdgeStore["topTalkers"]>[0]): Talker[] {
    const rows = this.edgeRows.filter((row) => isOf(row, { cluster }) && this.isIn(row.hour, window));
    const key = ({ cluster: home, namespace, workload, address }: Edge): string =>
      JSON.stringify(
        of === "destination"
          ? [home, ipText(address)]
          : of === "namespace"
            ? [home, namespace]
            : [home, namespace, workload],
      );
    const talkers = [...Map.groupBy(this.aggregate(rows), key).values()].map((edges): Talker => {
      const { cluster: home, namespace, workload, address } = edges[0]!;
      const bytes = edges.flatMap((edge) => edge.bytes ?? []);
      return {
        cluster: home,
        namespace: of === "destination" ? undefined : namespace,
        workload: of === "workload" ? workload : undefined,
        address: of === "destination" ? address : undefined,
        flows: sum(edges.map(({ flows }) => flows)),
        bytes: bytes.length === 0 ? undefined : sum(bytes),
        destinations: new Set(edges.map((e) => JSON.stringify([ipText(e.address), e.prefixLength, e.protocol, e.port])))
          .size,
      };
    });
    return talkers
      .sort(
        (a, b) =>
          (b[by] ?? -1) - (a[by] ?? -1) ||
          compareText(a.cluster, b.cluster) ||
          compareText(a.namespace ?? "", b.namespace ?? "") ||
          compareText(a.workload?.kind ?? "", b.workload?.kind ?? "") ||
          compareText(a.workload?.name ?? "", b.workload?.name ?? "") ||
          (a.address === undefined || b.address === undefined ? 0 : compareIp(a.address, b.address)),
      )
      .slice(0, limit);
  }

  coarse({ window, limit, per, ...asked }: CoarseQuery): StoredCoarse[] {
    const rows = this.coarseRows
      .filter((row) => isOf(row, asked) && this.isIn(row.hour, window))
      .map(({ owner, ...row }) => ({ ...owner, ...row, hour: this.countedHour(row.hour), lastHour: 0 }));
    const key = ({ flows: _f, bytes: _b, ...own }: (typeof rows)[number]): string =>
      JSON.stringify([
        own.cluster,
        own.namespace,
        own.workload,
        own.destination,
        own.protocol,
        own.port,
        own.verdict,
        own.source,
        per === "window" ? "" : own.hour,
      ]);
    return [...Map.groupBy(rows, key).values()]
      .map((same) => ({
        ...same[0]!,
        hour: Math.min(...same.map(({ hour }) => hour)),
        lastHour: Math.max(...same.map(({ hour }) => hour)),
        flows: sumOrNone(same, "flows"),
        bytes: sumOrNone(same, "bytes"),
      }))
      .sort(
        (a, b) =>
          compareOwners(a, b) ||
          compareText(a.destination, b.destination) ||
          codeOf(a.protocol) - codeOf(b.protocol) ||
          (a.port ?? -1) - (b.port ?? -1) ||
          verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict) ||
          compareText(a.source, b.source) ||
          a.hour - b.hour,
      )
      .slice(0, limit);
  }

  coverage(): Coverage[] {
    const spaces = Map.groupBy(this.edgeRows, ({ owner }) => JSON.stringify([owner.cluster, owner.namespace]));
    return [...spaces.values()]
      .map((rows) => ({
        cluster: rows[0]!.owner.cluster,
        namespace: rows[0]!.owner.namespace,
        firstHour: Math.min(...rows.map(({ hour }) => this.countedHour(hour))),
        lastHour: Math.max(...rows.map(({ hour }) => this.countedHour(hour) + this.spanOf(hour) - 1)),
        edges: this.aggregate(rows).length,
      }))
      .sort((a, b) => compareText(a.cluster, b.cluster) || compareText(a.namespace, b.namespace));
  }

  maintain({ nowMs, hourlyDays, dailyDays }: RetentionPlan): void {
    const dayOf = (days: number): number => Math.floor(nowMs / (24 * hourMs) - days) * 24;
    this.rolledBefore = Math.max(this.rolledBefore, dayOf(hourlyDays));
    const kept = dayOf(Math.max(hourlyDays, dailyDays));
    this.edgeRows = this.edgeRows.filter(({ hour }) => hour >= kept);
    this.coarseRows = this.coarseRows.filter(({ hour }) => hour >= kept);
    this.nameRows = this.nameRows.filter(({ lastSeenMs }) => Math.floor(lastSeenMs / (24 * hourMs)) * 24 >= kept);
  }

  private spanOf(hour: number): number {
    return hour < this.rolledBefore ? 24 : 1;
  }

  private countedHour(hour: number): number {
    return hour - (hour % this.spanOf(hour));
  }

  private isIn(hour: number, window: Window): boolean {
    return overlaps(this.countedHour(hour), this.spanOf(hour), window);
  }

  private aggregate(rows: readonly Owned<EdgeDelta>[]): Edge[] {
    const key = ({ owner, address, prefixLength, protocol, port, verdict }: Owned<EdgeDelta>): string =>
      JSON.stringify([owner, ipText(address), prefixLength, protocol, port, verdict]);
    return [...Map.groupBy(rows, key).values()].map((own) => {
      const { owner, address, prefixLength, protocol, port, verdict } = own[0]!;
      const hours = [...Map.groupBy(own, ({ hour }) => this.countedHour(hour))].map(([hour, same]) => ({
        hour,
        flows: largestOfSources(same, ({ flows }) => flows)!,
        bytes: largestOfSources(same, ({ bytes }) => bytes),
      }));
      const bytes = hours.flatMap((hour) => hour.bytes ?? []);
      const firstSeenMs = Math.min(...own.map((row) => row.firstSeenMs));
      const lastSeenMs = Math.max(...own.map((row) => row.lastSeenMs));
      const heard = this.nameRows.filter(
        (name) =>
          compareOwners(name.owner, owner) === 0 &&
          compareIp(name.address, address) === 0 &&
          name.lastSeenMs >= firstSeenMs - 24 * hourMs &&
          Math.min(name.firstSeenMs, name.lastSeenMs) <= lastSeenMs + hourMs,
      );
      return {
        cluster: owner.cluster,
        namespace: owner.namespace,
        workload: owner.workload,
        address,
        prefixLength,
        protocol,
        port,
        verdict,
        firstSeenMs,
        lastSeenMs,
        names: [...new Set(heard.map(({ name }) => name))].sort(compareText).slice(0, 32),
        decidedBy: [...new Set(own.flatMap((row) => row.decidedBy))].sort(compareText).slice(0, 8),
        flows: sum(hours.map(({ flows }) => flows)),
        bytes: bytes.length === 0 ? undefined : sum(bytes),
        activity: hours.map(({ hour, flows }) => ({ hour, flows })).sort((a, b) => a.hour - b.hour),
      };
    });
  }
}

function overlaps(hour: number, span: number, { fromMs, toMs }: Window): boolean {
  return fromMs < toMs && hour * hourMs < toMs && (hour + span) * hourMs > fromMs;
}

function isOf(
  { owner }: { owner: BatchOwner },
  asked: Partial<Pick<EdgeQuery, "cluster" | "namespace" | "workload">>,
): boolean {
  const { cluster, namespace, workload } = asked;
  return (
    (cluster === undefined || owner.cluster === cluster) &&
    (namespace === undefined || owner.namespace === namespace) &&
    (workload === undefined || (owner.workload.kind === workload.kind && owner.workload.name === workload.name))
  );
}

/** Per source the rows add up; of the sources the largest holds; undefined where no source has a count. */
function largestOfSources<T extends { source: string }>(
  rows: readonly T[],
  count: (row: T) => number | undefined,
): number | undefined {
  const sums = [...Map.groupBy(rows, ({ source }) => source).values()].flatMap((own) => {
    const counts = own.flatMap((row) => count(row) ?? []);
    return counts.length === 0 ? [] : sum(counts);
  });
  return sums.length === 0 ? undefined : Math.max(...sums);
}

function compareEdges(a: Edge, b: Edge): number {
  return (
    compareOwners(a, b) ||
    compareIp(a.address, b.address) ||
    protocols.indexOf(a.protocol) - protocols.indexOf(b.protocol) ||
    a.port - b.port ||
    verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict) ||
    (a.prefixLength ?? -1) - (b.prefixLength ?? -1)
  );
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((own, i) => own !== b[i]);
  if (at < 0 || b[at] === undefined) return a.length - b.length;
  return compareText(a[at]!, b[at]);
}

function codeOf(protocol: (typeof protocols)[number] | undefined): number {
  return protocol === undefined ? protocols.length : protocols.indexOf(protocol);
}

function ipText(address: Parameters<typeof formatIp>[0]): string {
  return `${address.family} ${formatIp(address)}`;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, own) => total + own, 0);
}

function sumOrNone<K extends string>(
  rows: readonly { readonly [own in K]: number | undefined }[],
  key: K,
): number | undefined {
  const counts = rows.flatMap((row) => row[key] ?? []);
  return counts.length === 0 ? undefined : sum(counts);
}
