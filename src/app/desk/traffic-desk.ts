import { z } from "zod";
import { formatCidr, parseCidr } from "../../core/net/ip-set.ts";
import { formatIp } from "../../core/net/ip.ts";
import { type Protocol, protocols } from "../../core/net/l4.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { formatWorkload, type Workload } from "../../core/workload/workload.ts";
import type { Access } from "../access/access.ts";
import type { Principal } from "../access/principal.ts";
import { hourMs } from "../history/rows/codes.ts";
import type { TrafficFilter, TrafficGroup, TrafficReader, TrafficSort, TrafficSum } from "../history/traffic-reader.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { TimelineQuery, TrafficQuery, TrafficRow } from "../wire/traffic.ts";
import { trafficDimensions } from "../wire/traffic.ts";
import type { DeskFailure, DeskResult } from "./desk-failure.ts";
import type { TrafficDesk } from "./desk.ts";
import { ofHistory } from "./judge-failure.ts";
import { readCursor, writeCursor } from "./page-cursor.ts";

export interface TrafficDeskParts {
  readonly traffic: TrafficReader;
  readonly access: Access;
  /** Every namespace that anything is known of. */
  readonly namespaces: () => Promise<readonly NamespaceRef[]>;
  readonly nowMs: () => number;
}

const dayMs = 24 * hourMs;
/** Without a window: the last day. */
const usualWindowMs = dayMs;
/** Rows of one edge each. */
const edge: readonly TrafficGroup[] = ["workload", "address", "port", "verdict"];
/** Beyond this nobody pages; filters are the way. */
const mostOffset = 200_000;
const mostBuckets = 200;
const latestMs = 8.64e15;
const mostSeries = 8;
const bucketLadder = [1, 2, 3, 6, 12, 24, 48, 7 * 24, 28 * 24];

const sorts = ["flows", "bytes", "destinations", "firstSeenMs", "lastSeenMs", ...trafficDimensions] as const;
const place = z.object({ offset: z.number().int().min(0), fromMs: z.number(), toMs: z.number() });

/** Edges by any dimension, within the namespaces that the one who asks may see. */
export function trafficDesk(parts: TrafficDeskParts): TrafficDesk {
  const { traffic, access, namespaces, nowMs } = parts;
  const filterOf = async (
    who: Principal,
    asked: Omit<TimelineQuery, "by">,
    window: TrafficFilter["window"],
  ): Promise<Result<TrafficFilter, DeskFailure>> => {
    const read = readFilter(asked);
    if (!read.ok) return read;
    const seen = await access.among(who, "view", await namespaces());
    return ok({ ...read.value, window, within: seen === "all" ? undefined : seen });
  };
  return {
    list: async (who, query, signal) => {
      const { cursor, limit, skip = 0, ...asked } = query;
      const from =
        cursor === undefined ? ok({ offset: skip, ...windowOf(asked, nowMs()) }) : readCursor(cursor, asked, place);
      if (!from.ok) return from;
      const { offset, fromMs, toMs } = from.value;
      const order = readSort(query);
      if (!order.ok) return order;
      const filter = await filterOf(who, asked, { fromMs, toMs });
      if (!filter.ok) return filter;
      const by = asked.by === undefined || asked.by.length === 0 ? edge : asked.by;
      const sums = await ofHistory(traffic.sums({ ...filter.value, ...order.value, by, offset, limit }, signal));
      if (!sums.ok) return sums;
      const { rows, total } = sums.value;
      const next = offset + rows.length;
      const goesOn = rows.length > 0 && next < total && next < mostOffset;
      return ok({
        items: rows.map(rowOf),
        ...(goesOn ? { nextCursor: writeCursor({ offset: next, fromMs, toMs }, asked) } : {}),
        total,
        isTotalExact: true,
      });
    },
    timeline: async (who, query, signal) => timelineOf(who, query, signal),
  };

  async function timelineOf(who: Principal, query: TimelineQuery, signal?: AbortSignal): DeskResult<Timeline> {
    const window = windowOf(query, nowMs());
    const filter = await filterOf(who, query, window);
    if (!filter.ok) return filter;
    const hours = Math.max(1, Math.ceil((window.toMs - window.fromMs) / hourMs));
    const bucketHours = bucketLadder.find((each) => hours / each <= mostBuckets) ?? Math.ceil(hours / mostBuckets);
    const buckets = Math.ceil(hours / bucketHours) + 1;
    const asked = { ...filter.value, by: query.by, bucketHours, most: mostSeries };
    const told = await ofHistory(traffic.overTime(asked, signal));
    if (!told.ok) return told;
    const { firstHour, series } = told.value;
    const length = series[0]?.flows.length ?? buckets;
    return ok({
      bucketMs: bucketHours * hourMs,
      times: Array.from({ length }, (_, i) => (firstHour + i * bucketHours) * hourMs),
      series: series.map(({ key, flows }) => ({ key: key ?? "others", flows: [...flows] })),
    });
  }
}

type Timeline = Awaited<ReturnType<TrafficDesk["timeline"]>> extends Result<infer T, DeskFailure> ? T : never;

function windowOf(
  asked: { fromMs?: number | undefined; toMs?: number | undefined },
  nowMs: number,
): TrafficFilter["window"] {
  const toMs = within(asked.toMs ?? nowMs);
  return { fromMs: within(asked.fromMs ?? toMs - usualWindowMs), toMs };
}

/** Beyond the moments that a date can name there is no traffic, and databases count no hours. */
function within(ms: number): number {
  return Math.min(latestMs, Math.max(0, ms));
}

function readSort({
  sort = "-flows",
}: TrafficQuery): Result<{ sort: TrafficSort; isDescending: boolean }, DeskFailure> {
  const isDescending = sort.startsWith("-");
  const field = sorts.find((one) => one === (isDescending ? sort.slice(1) : sort));
  if (field !== undefined) return ok({ sort: field, isDescending });
  return fail(invalid("sort_unknown", `traffic is sorted by ${sorts.join(", ")}, with \`-\` before it for descending`));
}

function readFilter(asked: Omit<TimelineQuery, "by">): Result<Omit<TrafficFilter, "window" | "within">, DeskFailure> {
  const blocks = [];
  for (const text of asked.address ?? []) {
    const block = parseCidr(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`);
    if (!block.ok)
      return fail(invalid("address_unreadable", "`address` takes an address or a block, as `203.0.113.0/24`"));
    blocks.push(block.value);
  }
  const workloads: Workload[] = [];
  for (const text of asked.workload ?? []) {
    const [, kind, name] = /^([^/]+)\/(.+)$/.exec(text) ?? [];
    if (kind === undefined || name === undefined) {
      return fail(invalid("workload_unreadable", "`workload` takes kind and name, as `Deployment/cart`"));
    }
    workloads.push({ kind, name });
  }
  const known: Protocol[] = [];
  for (const text of asked.protocol ?? []) {
    const protocol = protocols.find((one) => one === text.toLowerCase());
    if (protocol === undefined)
      return fail(invalid("protocol_unknown", `\`protocol\` is one of ${protocols.join(", ")}`));
    known.push(protocol);
  }
  return ok({
    clusters: asked.cluster ?? [],
    namespaces: asked.namespace ?? [],
    workloads,
    blocks,
    names: (asked.name ?? []).map((name) => name.toLowerCase().replace(/\.$/, "")),
    protocols: known,
    ports: asked.port ?? [],
    verdicts: asked.verdict ?? [],
    text: asked.q ?? "",
  });
}

function invalid(code: string, message: string): DeskFailure {
  return { kind: "invalid", code, message };
}

function rowOf(sum: TrafficSum): TrafficRow {
  const { cluster, namespace, workload, address, prefixLength, names, protocol, port, verdict } = sum;
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(workload === undefined ? {} : { workload: formatWorkload(workload) }),
    ...(address === undefined ? {} : { address: addressText(address, prefixLength) }),
    ...(names === undefined ? {} : { names: [...names] }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(port === undefined ? {} : { port }),
    ...(verdict === undefined ? {} : { verdict }),
    flows: sum.flows,
    bytes: sum.bytes ?? null,
    destinations: sum.destinations,
    firstSeenMs: sum.firstSeenMs,
    lastSeenMs: sum.lastSeenMs,
  };
}

function addressText(address: NonNullable<TrafficSum["address"]>, prefixLength: number | undefined): string {
  if (prefixLength === undefined) return formatIp(address);
  return formatCidr({ family: address.family, first: address.value, prefixLength });
}
