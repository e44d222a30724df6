import type {
  Coverage,
  StoredCoarse,
  StoredHealth,
  StoredName,
  Talker,
  Window,
} from "../../../../app/history/edge-store.ts";
import { maxHistoryRows } from "../../../../app/history/history-codec.ts";
import type { HistoryReader } from "../../../../app/history/history-reader.ts";
import { type ObservationGap, observationGaps } from "../../../../app/history/observation-gaps.ts";
import { parseIp } from "../../../../core/net/ip.ts";
import { canonicalName } from "../../../../core/net/name-pattern.ts";
import { quoted } from "../../../../core/quoted.ts";
import type { Workload } from "../../../../core/workload/workload.ts";
import type { Edge } from "../../../../pipeline/flows/edge.ts";
import { fail, warn } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { askHistory } from "../../gather-history.ts";
import { type ParsedPlace, parseMoment, type ParsedWindow, placeOf, windowOf } from "../../history-options.ts";
import { historyOutputOf } from "./output.ts";
import { printAnswer } from "./print.ts";

export interface QuestionOptions extends ParsedPlace, Omit<ParsedWindow, "since"> {
  readonly question: "edges" | "names" | "new" | "talkers" | "coarse" | "coverage";
  /** Text where it is given by default. */
  readonly since?: ParsedWindow["since"] | string;
  readonly namespace?: string;
  readonly clusterName?: string;
  readonly workload?: string;
  readonly name?: string;
  readonly address?: string;
  readonly of?: "workload" | "namespace" | "destination";
  readonly by?: "flows" | "bytes";
  readonly limit?: number;
  readonly output: "table" | "json";
}

/** What was asked, with what came back. */
export type Answer =
  | { readonly question: "edges" | "new"; readonly edges: readonly Edge[]; readonly isCut: boolean }
  | { readonly question: "names"; readonly names: readonly StoredName[]; readonly isCut: boolean }
  | { readonly question: "talkers"; readonly talkers: readonly Talker[] }
  | { readonly question: "coarse"; readonly coarse: readonly StoredCoarse[]; readonly isCut: boolean }
  | {
      readonly question: "coverage";
      readonly coverage: readonly Coverage[];
      readonly sources: readonly StoredHealth[];
      readonly gaps: readonly ObservationGap[];
    };

const weekMs = 7 * 86_400_000;
const presetLimit = 1000;

/** Asks one question; an answer without rows is an answer, and says where there is something. */
export async function runQuestion(options: QuestionOptions, context: Context): Promise<ExitCode> {
  const target = targetOf(options, context.io.nowMs());
  if (typeof target === "string") return fail(context, [{ code: "history_question", message: target }]);
  const answer = await askHistory(placeOf(options, context.io), context, async (reader) => {
    const own = await ask(reader, options, target);
    return { own, spaces: isEmpty(own) ? await reader.coverage() : [] };
  });
  if (!answer.ok) return fail(context, answer.error);
  const { own, spaces } = answer.value;
  if (options.output === "json") context.out.document(formatJson(historyOutputOf(own)));
  else printAnswer(own, context);
  if (isEmpty(own)) warn(context, emptyReason(spaces, options));
  const { limit = presetLimit } = options;
  if ("isCut" in own && own.isCut) warn(context, `only the first ${limit} are shown, see \`--limit\``);
  return Exit.ok;
}

interface Target {
  readonly window: Window;
  readonly nowMs: number;
  readonly workload?: Workload;
  readonly address?: NonNullable<ReturnType<typeof addressOf>>;
}

function addressOf(text: string) {
  const ip = parseIp(text);
  return ip.ok ? ip.value : undefined;
}

/** What must be read from texts; a sentence when one cannot be. */
function targetOf({ workload, address, since: own, until }: QuestionOptions, nowMs: number): Target | string {
  const [kind, name, ...more] = workload?.split("/") ?? [];
  if (workload !== undefined && (kind === undefined || name === undefined || more.length > 0)) {
    return `${quoted(workload)} is no workload, write \`Deployment/web\``;
  }
  const ip = address === undefined ? undefined : addressOf(address);
  if (address !== undefined && ip === undefined) return `${quoted(address)} is no IP address`;
  const since = typeof own === "string" ? parseMoment(own) : own;
  const window = windowOf({ ...(since && { since }), ...(until && { until }) }, nowMs, weekMs);
  if (window.fromMs >= window.toMs) return "the time is empty: `--since` is not before `--until`";
  return {
    window,
    nowMs,
    ...(kind === undefined || name === undefined ? {} : { workload: { kind, name } }),
    ...(ip === undefined ? {} : { address: ip }),
  };
}

async function ask(
  reader: HistoryReader,
  {
    question,
    namespace,
    clusterName: cluster,
    name,
    of = "workload",
    by = "flows",
    limit = presetLimit,
  }: QuestionOptions,
  { workload, address, window, nowMs }: Target,
): Promise<Answer> {
  const place = { cluster, namespace };
  // One more tells whether there are more.
  const more = Math.min(maxHistoryRows, limit + 1);
  const isCut = (rows: readonly unknown[]): boolean => rows.length > limit || rows.length === maxHistoryRows;
  switch (question) {
    case "edges":
      return { question, ...(await reader.edges({ ...place, ...(workload && { workload }), window, limit })) };
    case "names": {
      const only = { ...(name !== undefined && { name: canonicalName(name) }), ...(address && { address }) };
      const names = await reader.names({ ...place, ...only, window, limit: more });
      return { question, names: names.slice(0, limit), isCut: isCut(names) };
    }
    case "new": {
      const edges = await reader.newDestinations({ ...place, sinceMs: window.fromMs, limit: more });
      return { question, edges: edges.slice(0, limit), isCut: isCut(edges) };
    }
    case "coarse": {
      const about = { ...place, ...(workload && { workload }), window };
      const coarse = await reader.coarse({ ...about, per: "window", limit: more });
      return { question, coarse: coarse.slice(0, limit), isCut: isCut(coarse) };
    }
    case "talkers":
      return { question, talkers: await reader.topTalkers({ cluster, window, of, by, limit }) };
    case "coverage": {
      const all = await reader.coverage();
      const coverage = all.filter(
        (space) =>
          (cluster === undefined || space.cluster === cluster) &&
          (namespace === undefined || space.namespace === namespace),
      );
      const sources = await reader.sourceHealth({ cluster, window });
      return { question, coverage, sources, gaps: observationGaps(sources, { window, nowMs }) };
    }
    default:
      return question satisfies never;
  }
}

function isEmpty(answer: Answer): boolean {
  switch (answer.question) {
    case "edges":
    case "new":
      return answer.edges.length === 0;
    case "names":
      return answer.names.length === 0;
    case "talkers":
      return answer.talkers.length === 0;
    case "coarse":
      return answer.coarse.length === 0;
    case "coverage":
      return answer.coverage.length === 0;
    default:
      return answer satisfies never;
  }
}

/** Where a wrong name or time shows. */
function emptyReason(spaces: readonly Coverage[], { namespace, clusterName, question }: QuestionOptions): string {
  const own = spaces.filter(
    (space) =>
      (namespace === undefined || space.namespace === namespace) &&
      (clusterName === undefined || space.cluster === clusterName),
  );
  if (question === "coarse") {
    return "no metrics of it in this time; a source of the kind `prometheus` or `goldmane` of `postern observe` brings them";
  }
  if (spaces.length === 0)
    return "the history is empty; `postern observe` fills it, or `postern history import` from files";
  if (own.length === 0) {
    const others = [...new Set(spaces.map((space) => space.namespace))].slice(0, 8);
    return `nothing is known of it; the history has ${others.map(quoted).join(", ")}`;
  }
  if (question === "new") return "nothing new";
  const day = (hour: number): string => new Date(hour * 3_600_000).toISOString().slice(0, 10);
  const first = Math.min(...own.map(({ firstHour }) => firstHour));
  const last = Math.max(...own.map(({ lastHour }) => lastHour));
  return `nothing in this time; the history has flows from ${day(first)} to ${day(last)}, see \`--since\` and \`--until\``;
}
