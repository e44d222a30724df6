import type { StoredCoarse, StoredHealth, StoredName, Talker } from "../../../../app/history/edge-store.ts";
import { formatIp } from "../../../../core/net/ip.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { Edge } from "../../../../pipeline/flows/edge.ts";
import type { Context } from "../../context.ts";
import { type Column, tableLines } from "../../terminal/table.ts";
import { bold, dim, green, red, text, type TextLike, yellow } from "../../terminal/text.ts";
import { bytes as byteText, minute } from "../../words/count.ts";
import { edgeDestination, edgePort } from "../../words/edge.ts";
import type { Answer } from "./ask.ts";

const hourMs = 3_600_000;

/** A table on a terminal, lines with tabs in a pipe. */
export function printAnswer(answer: Answer, context: Context): void {
  switch (answer.question) {
    case "edges":
    case "new":
      table([clusterColumn, ...edgeColumns], withCluster(answer.edges, edgeRow, context), context);
      return;
    case "names":
      table([clusterColumn, ...nameColumns], withCluster(answer.names, nameRow, context), context);
      return;
    case "talkers":
      table([clusterColumn, ...talkerColumns], withCluster(answer.talkers, talkerRow, context), context);
      return;
    case "coarse":
      // In a pipe nothing but rows; who asked there asked for what is coarse.
      if (context.out.view.isTerminal && answer.coarse.length > 0) {
        context.out.line(dim("coarse: metrics without addresses, which tell who sends and not to whom"));
      }
      table([clusterColumn, ...coarseColumns], withCluster(answer.coarse, coarseRow, context), context);
      return;
    case "coverage":
      printCoverage(answer, context);
      return;
    default:
      answer satisfies never;
  }
}

/** In a pipe there is one table: the namespaces. Sources are in the JSON form. */
function printCoverage({ coverage, sources, gaps }: Extract<Answer, { question: "coverage" }>, context: Context): void {
  const { out } = context;
  table(
    coverageColumns,
    coverage.map(({ cluster, namespace, firstHour, lastHour, edges }) => [
      cluster,
      namespace,
      minute(firstHour * hourMs),
      minute(lastHour * hourMs),
      number(edges),
    ]),
    context,
  );
  if (!out.view.isTerminal || sources.length === 0) return;
  out.line();
  out.line(bold("sources"));
  table(
    sourceColumns,
    sources.map((own) => [
      own.observer,
      own.source,
      own.kind,
      stateText(own),
      number(own.records),
      number(own.malformed),

      number(own.lost + own.dropped),
      own.samplingMax > 1 ? `1 in ${own.samplingMax}` : "all",
      minute(own.reportedAtMs),
    ]),
    context,
  );
  if (gaps.length === 0) return;
  out.line();
  out.line(bold("no observer reported"));
  table(
    gapColumns,
    gaps.map(({ cluster, firstHour, lastHour }) => [
      cluster,
      minute(firstHour * hourMs),
      minute((lastHour + 1) * hourMs),
      number(lastHour - firstHour + 1),
    ]),
    context,
  );
}

function stateText({ state, message }: StoredHealth): TextLike {
  const colour = state === "running" || state === "ended" ? green : state === "failed" ? red : yellow;
  return message === "" ? colour(state) : text`${colour(state)} ${dim(message)}`;
}

/** On a terminal without the columns that are empty; in a pipe every column has its place. */
function table(columns: readonly Column[], rows: readonly (readonly TextLike[])[], { out }: Context): void {
  if (rows.length === 0) return;
  const shown = columns.map(
    (_, i) => !out.view.isTerminal || rows.some((row) => row[i] !== undefined && row[i] !== ""),
  );
  const chosen = <T>(cells: readonly T[]): readonly T[] => cells.filter((_, i) => shown[i] === true);
  out.asTheyAre(tableLines(chosen(columns), rows.map(chosen), out.view));
}

/** Namespaces of several clusters may be called alike; on a terminal the only cluster of an answer goes without saying. */
function withCluster<T extends { readonly cluster: string }>(
  rows: readonly T[],
  cells: (row: T) => readonly TextLike[],
  { out }: Context,
): readonly (readonly TextLike[])[] {
  const isSaid = !out.view.isTerminal || rows.some(({ cluster }) => cluster !== rows[0]?.cluster);
  return rows.map((row) => [isSaid ? row.cluster : "", ...cells(row)]);
}

function nameRow(own: StoredName): readonly TextLike[] {
  const { namespace, workload, name, address, from, chain, ttlSeconds, count, lastSeenMs } = own;
  return [
    name,
    formatIp(address),
    namespace,
    formatWorkload(workload),
    from,
    chain.join(" → "),
    ttlSeconds === undefined ? "" : `${ttlSeconds} s`,
    number(count),
    minute(lastSeenMs),
  ];
}

function talkerRow({ namespace, workload, address, flows, bytes, destinations }: Talker): readonly TextLike[] {
  return [
    namespace ?? "",
    workload === undefined ? "" : formatWorkload(workload),
    address === undefined ? "" : formatIp(address),
    number(flows),
    amount(bytes),
    number(destinations),
  ];
}

function coarseRow(own: StoredCoarse): readonly TextLike[] {
  const { namespace, workload, source, destination, protocol, port, verdict, flows, bytes, hour, lastHour } = own;
  return [
    namespace,
    formatWorkload(workload),
    source,
    destination,
    [protocol, port].filter((part) => part !== undefined).join("/"),
    verdict,
    flows === undefined ? "" : number(flows),
    amount(bytes),
    minute(hour * hourMs),
    minute(lastHour * hourMs),
  ];
}

function edgeRow(edge: Edge): readonly TextLike[] {
  const { namespace, workload, verdict, decidedBy, flows, bytes, firstSeenMs, lastSeenMs } = edge;
  const time = (ms: number | undefined): string => (ms === undefined ? "" : minute(ms));
  return [
    namespace,
    formatWorkload(workload),
    edgeDestination(edge),
    edgePort(edge),
    verdict,
    number(flows),
    amount(bytes),
    time(firstSeenMs),
    time(lastSeenMs),
    decidedBy.join(", "),
  ];
}

/** A program reads digits, a person thousands; both read plain digits. */
function number(count: number): string {
  return String(count);
}

function amount(bytes: number | undefined): string {
  return bytes === undefined ? "" : byteText(bytes);
}

const clusterColumn: Column = { title: "cluster" };

const edgeColumns: readonly Column[] = [
  { title: "namespace" },
  { title: "workload" },
  { title: "destination", shrinks: true },
  { title: "port" },
  { title: "verdict" },
  { title: "flows", align: "right" },
  { title: "bytes", align: "right" },
  { title: "first seen" },
  { title: "last seen" },
  { title: "decided by", shrinks: true },
];

const nameColumns: readonly Column[] = [
  { title: "name", shrinks: true },
  { title: "address" },
  { title: "namespace" },
  { title: "workload" },
  { title: "from" },
  { title: "through", shrinks: true },
  { title: "ttl", align: "right" },
  { title: "count", align: "right" },
  { title: "last heard" },
];

const talkerColumns: readonly Column[] = [
  { title: "namespace" },
  { title: "workload" },
  { title: "address" },
  { title: "flows", align: "right" },
  { title: "bytes", align: "right" },
  { title: "destinations", align: "right" },
];

const coarseColumns: readonly Column[] = [
  { title: "namespace" },
  { title: "workload" },
  { title: "source" },
  { title: "far end (as the metric calls it)", shrinks: true },
  { title: "port" },
  { title: "verdict" },
  { title: "flows", align: "right" },
  { title: "bytes", align: "right" },
  { title: "first hour" },
  { title: "last hour" },
];

const gapColumns: readonly Column[] = [
  { title: "cluster" },
  { title: "from" },
  { title: "to" },
  { title: "hours", align: "right" },
];

const coverageColumns: readonly Column[] = [
  { title: "cluster" },
  { title: "namespace" },
  { title: "first hour" },
  { title: "last hour" },
  { title: "edges", align: "right" },
];

const sourceColumns: readonly Column[] = [
  { title: "observer" },
  { title: "source" },
  { title: "kind" },
  { title: "state", shrinks: true },
  { title: "records", align: "right" },
  { title: "malformed", align: "right" },
  { title: "lost", align: "right" },
  { title: "packets" },
  { title: "reported" },
];
