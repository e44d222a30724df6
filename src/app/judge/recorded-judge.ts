import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import { HistoryUnavailable } from "../history/history-unavailable.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { FlowMap } from "../wire/namespaces.ts";
import { EvidenceShelf } from "./evidence-shelf.ts";
import { flowMapOf } from "./flow-map.ts";
import type { JudgePorts } from "./judge-ports.ts";
import { judgeText } from "./judge-text.ts";
import type { Drafted, FlowMapAsk, Judge, Judged, JudgeAsk, NamespaceReview, ReviewAsk, SuggestAsk } from "./judge.ts";
import { type LiveReading, readLivePolicies, textKey } from "./live-policies.ts";
import { type NamespaceEvidence, readEvidence } from "./namespace-evidence.ts";
import { reviewNamespace } from "./review-namespace.ts";
import { suggestDraft } from "./suggest-draft.ts";

/** How old evidence may be: while somebody types it stays, and what is decided rests on what there is now. */
const oldest = { typing: 180_000, looking: 30_000, learning: 5_000 } as const;

const mostReadings = 64;

/** Judges by what a history recorded, in this process. */
export function recordedJudge(ports: JudgePorts): Judge {
  return new RecordedJudge(ports);
}

class RecordedJudge implements Judge {
  readonly #ports: JudgePorts;
  readonly #shelf: EvidenceShelf;
  readonly #readings = new Map<string, { readonly key: string; readonly reading: LiveReading }>();

  constructor(ports: JudgePorts) {
    this.#ports = ports;
    this.#shelf = new EvidenceShelf((where) => readEvidence(where, ports), ports.nowMs);
  }

  suggest(ask: SuggestAsk, signal: AbortSignal): Promise<Result<Drafted, Failure>> {
    return this.#with(ask, oldest.learning, signal, (evidence, live) => suggestDraft(ask, evidence, live, this.#ports));
  }

  judge(ask: JudgeAsk, signal: AbortSignal): Promise<Result<Judged, Failure>> {
    return this.#with(ask, oldest.typing, signal, (evidence, live) => ok(judgeText(ask, evidence, live, this.#ports)));
  }

  review(ask: ReviewAsk, signal: AbortSignal): Promise<Result<NamespaceReview, Failure>> {
    const oldestMs = ask.isLook === true ? oldest.looking : oldest.learning;
    return this.#with(ask, oldestMs, signal, async (evidence, live) =>
      ok(await reviewNamespace(evidence, live, this.#ports, ask.isLook === true)),
    );
  }

  flowMap(ask: FlowMapAsk, signal: AbortSignal): Promise<Result<FlowMap, Failure>> {
    return this.#with(ask, oldest.looking, signal, (evidence, live) => ok(flowMapOf(ask, evidence, live)));
  }

  async close(): Promise<void> {}

  async #with<T>(
    where: NamespaceRef,
    oldestMs: number,
    signal: AbortSignal,
    work: (evidence: NamespaceEvidence, live: LiveReading) => Result<T, Failure> | Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    if (signal.aborted) return fail(interrupted);
    const { cluster, namespace } = where;
    try {
      const evidence = await this.#shelf.evidenceOf({ cluster, namespace }, oldestMs);
      if (!evidence.ok) return evidence;
      const live = await this.#liveOf({ cluster, namespace });
      return signal.aborted ? fail(interrupted) : await work(evidence.value, live);
    } catch (error) {
      if (error instanceof HistoryUnavailable) return fail(error.failure);
      throw error;
    }
  }

  /** Read anew only when something changed: reading is what costs. */
  async #liveOf(where: NamespaceRef): Promise<LiveReading> {
    const live = await this.#ports.clusters.policies(where);
    const key = textKey(live === undefined ? ["unknown"] : live.flatMap(({ manifest, status }) => [manifest, status]));
    const place = JSON.stringify([where.cluster, where.namespace]);
    const known = this.#readings.get(place);
    this.#readings.delete(place);
    const reading = known?.key === key ? known.reading : readLivePolicies(live, this.#ports.texts);
    this.#readings.set(place, { key, reading });
    for (const longest of this.#readings.keys()) {
      if (this.#readings.size <= mostReadings) break;
      this.#readings.delete(longest);
    }
    return reading;
  }
}

/** Of work that nobody waits for any more. */
export const interrupted: Failure = { code: "judge_interrupted", message: "the work was given up before it was done" };
