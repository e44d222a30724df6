import { parentPort, workerData } from "node:worker_threads";
import { manifestPort } from "../adapters/manifests/manifest-port.ts";
import { policyTexts } from "../adapters/manifests/policy-texts.ts";
import { remoteHistory } from "../app/history/history-calls.ts";
import { rememberedCoverage } from "../app/history/remembered-coverage.ts";
import type { ClusterReader } from "../app/judge/cluster-reader.ts";
import { recordedJudge } from "../app/judge/recorded-judge.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { FromJudge, JudgeAnswer, JudgeQuestion, JudgeSettings, ToJudge } from "./judge-messages.ts";

/** The thread beside the server's own in which policies are learned and judged. It opens nothing: what it must know it asks for. */

const nowMs = (): number => Date.now();
const coverageMs = 15_000;
/** Facts of a large cluster take long to hand over, and change all the time. */
const factsMs = 30_000;

const questions = new Map<number, (answer: JudgeAnswer) => void>();
const running = new Map<number, AbortController>();
let lastQuestion = 0;

function send(message: FromJudge): void {
  parentPort!.postMessage(message);
}

async function ask<K extends JudgeQuestion["about"]>(
  question: Extract<JudgeQuestion, { about: K }>,
): Promise<Extract<JudgeAnswer, { about: K }>> {
  lastQuestion += 1;
  const id = lastQuestion;
  const { promise, resolve } = Promise.withResolvers<JudgeAnswer>();
  questions.set(id, resolve);
  send({ kind: "question", id, question });
  const answer = await promise;
  if (answer.about === "nothing") throw new Error(answer.because);
  return answer as Extract<JudgeAnswer, { about: K }>;
}

const knownFacts = new Map<string, { revision: number; facts: ClusterFacts | undefined; askedAtMs: number }>();

const clusters: ClusterReader = {
  facts: async (cluster) => {
    const known = knownFacts.get(cluster);
    if (known?.facts !== undefined && nowMs() - known.askedAtMs < factsMs) return known.facts;
    const { revision, facts } = await ask({ about: "facts", cluster, known: known?.revision ?? 0 });
    const isKnown = known !== undefined && revision !== 0 && revision === known.revision;
    const now = { revision, facts: isKnown ? known.facts : facts, askedAtMs: nowMs() };
    knownFacts.set(cluster, now);
    return now.facts;
  },
  policies: async (where) => (await ask({ about: "policies", where })).policies,
};

const history = remoteHistory(
  async (question, text) => (await ask({ about: "history", question, text })).told,
  async () => {},
);

const judge = recordedJudge({
  ...(workerData as JudgeSettings),
  history: rememberedCoverage(history, nowMs, coverageMs),
  clusters,
  manifests: manifestPort,
  texts: policyTexts,
  nowMs,
});

async function run({ id, method, argument }: Extract<ToJudge, { kind: "ask" }>): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const result = await judge[method](argument as never, controller.signal);
    send({ kind: "result", id, result });
  } catch (error) {
    send({ kind: "broken", id, because: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  } finally {
    running.delete(id);
  }
}

parentPort!.on("message", (message: ToJudge) => {
  if (message.kind === "ask") void run(message);
  else if (message.kind === "abort") running.get(message.id)?.abort();
  else {
    questions.get(message.id)?.(message.answer);
    questions.delete(message.id);
  }
});
