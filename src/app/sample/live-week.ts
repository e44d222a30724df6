import type { EdgeDelta, NameDelta, SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { hourMs } from "../history/rows/codes.ts";
import { type RecordedWeek, sampleObserver, weekMs, weekOf } from "./recorded-week.ts";

/** How much quicker than recorded the week plays on. */
export const pace = 60;

/**
 * The recording from the weekday and hour of `fromMs` on, over and over, {@link pace} times as fast: what happened in a minute comes
 * in a second, with the time of now.
 */
export class LiveWeek {
  readonly #week: RecordedWeek;
  readonly #incarnation: string;
  /** Moments within the week at which a flow began, ascending, with the edge. */
  readonly #moments: readonly { readonly atMs: number; readonly edge: EdgeDelta; readonly bytes: number | undefined }[];
  readonly #names: ReadonlyMap<string, readonly NameDelta[]>;
  #positionMs: number;
  #next: number;
  #lastMs: number;
  #sequence = 0;

  /** @param incarnation 32 hexadecimal digits, new for each start */
  constructor(week: RecordedWeek, fromMs: number, incarnation: string) {
    this.#week = week;
    this.#incarnation = incarnation;
    this.#moments = week.batch.edges
      .flatMap((edge) => momentsOf(edge, week.startMs))
      .toSorted((a, b) => a.atMs - b.atMs);
    this.#names = Map.groupBy(week.batch.names, keyOf);
    this.#positionMs = fromMs - weekOf(fromMs);
    this.#lastMs = fromMs;
    const later = this.#moments.findIndex(({ atMs }) => atMs >= this.#positionMs);
    this.#next = later < 0 ? 0 : later;
  }

  /** What came since the last call: one batch, with the source's standing even when nothing did. */
  until(nowMs: number): SealedBatch {
    const passedMs = Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    const played = this.#advance(passedMs * pace);
    const edges = new Map<EdgeDelta, { flows: number; bytes: number | undefined }>();
    for (const { edge, bytes } of played) {
      const sums = edges.get(edge) ?? { flows: 0, bytes: undefined };
      sums.flows += 1;
      if (bytes !== undefined) sums.bytes = (sums.bytes ?? 0) + bytes;
      edges.set(edge, sums);
    }
    const hour = Math.floor(nowMs / hourMs);
    const now = { hour, firstSeenMs: nowMs, lastSeenMs: nowMs };
    const named = new Set([...edges.keys()].map(keyOf));
    const { batch } = this.#week;
    return {
      observer: sampleObserver,
      incarnation: this.#incarnation,
      sequence: (this.#sequence += 1),
      cluster: batch.cluster,
      sealedAtMs: nowMs,
      owners: batch.owners,
      sources: batch.sources,
      edges: [...edges].map(([edge, sums]) => ({ ...edge, ...now, ...sums })),
      names: [...named].flatMap((key) =>
        (this.#names.get(key) ?? []).map((name) => ({ ...name, count: 1, firstSeenMs: nowMs, lastSeenMs: nowMs })),
      ),
      coarse: [],
      health: [
        {
          source: 0,
          kind: "sample",
          state: "running",
          message: "",
          records: played.length,
          malformed: 0,
          lost: 0,
          outages: 0,
          dropped: 0,
          receivedBytes: 0,
          leftOut: [],
          samplingMax: 1,
          lastArrivalMs: played.length === 0 ? undefined : nowMs,
          lagMs: undefined,
        },
      ],
    };
  }

  #advance(byMs: number): LiveWeek["moments"] {
    const played: LiveWeek["moments"][number][] = [];
    // A machine that slept does not get the whole week at once.
    let left = Math.min(byMs, weekMs);
    while (left > 0) {
      const end = Math.min(weekMs, this.#positionMs + left);
      for (let moment = this.#moments[this.#next]; moment !== undefined && moment.atMs < end;) {
        played.push(moment);
        this.#next += 1;
        moment = this.#moments[this.#next];
      }
      left -= end - this.#positionMs;
      this.#positionMs = end === weekMs ? 0 : end;
      if (end === weekMs) this.#next = 0;
    }
    return played;
  }

  get moments(): readonly { readonly atMs: number; readonly edge: EdgeDelta; readonly bytes: number | undefined }[] {
    return this.#moments;
  }
}

/** Flows of an hour's row, evenly between its first and its last. */
function momentsOf(edge: EdgeDelta, startMs: number): LiveWeek["moments"][number][] {
  const { flows, bytes, firstSeenMs, lastSeenMs } = edge;
  const step = flows > 1 ? (lastSeenMs - firstSeenMs) / (flows - 1) : 0;
  return Array.from({ length: Math.round(flows) }, (_, i) => ({
    atMs: Math.min(weekMs - 1, Math.max(0, firstSeenMs + i * step - startMs)),
    edge,
    bytes: bytes === undefined ? undefined : bytes / flows,
  }));
}

function keyOf({ owner, address }: Pick<EdgeDelta, "owner" | "address">): string {
  return `${owner} ${address.family} ${address.value}`;
}
