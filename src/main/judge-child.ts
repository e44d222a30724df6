import { manifestPort } from "../adapters/manifests/manifest-port.ts";
import { policyTexts } from "../adapters/manifests/policy-texts.ts";
import { remoteHistory } from "../app/history/history-calls.ts";
import { rememberedCoverage } from "../app/history/remembered-coverage.ts";
import type { ClusterReader } from "../app/judge/cluster-reader.ts";
import type { Judge } from "../app/judge/judge.ts";
import { recordedJudge } from "../app/judge/recorded-judge.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { FromJudge, JudgeAnswer, JudgeQuestion, JudgeSettings, ToJudge } from "./judge-messages.ts";

/** The process beside the server's own in which policies are learned and judged. It opens nothing: what it must know it asks for. */

const nowMs = (): number => Date.now();
const coverageMs = 15_000;
/** Facts of a large cluster take long to hand over, and change all the time. */
const factsMs = 30_000;

const questions = new Map<number, (answer: JudgeAnswer) => void>();
const running = new Map<number, AbortController>();
let lastQuestion = 0;

function send(message: FromJudge): void {
  // Of a server that is gone nobody is to be told.
  process.send!(message, () => {});
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

function judgeWith(settings: JudgeSettings): Judge {
  return recordedJudge({
    ...settings,
    history: rememberedCoverage(history, nowMs, coverageMs),
    clusters,
    manifests: manifestPort,
    texts: policyTexts,
    nowMs,
  });
}

let judge: Judge | undefined;

async function run({ id, method, argument }: Extract<ToJudge, { kind: "ask" }>): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const result = await judge![method](argument as never, controller.signal);
    send({ kind: "result", id, result });
  } catch (error) {
    send({ kind: "broken", id, because: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  } finally {
    running.delete(id);
  }
}

process.on("message", (message: ToJudge) => {
  switch (message.kind) {
    case "start":
      judge = judgeWith(message.settings);
      break;
    case "ask":
      void run(message);
      break;
    case "abort":
      running.get(message.id)?.abort();
      break;
    case "answer":
      questions.get(message.id)?.(message.answer);
      questions.delete(message.id);
      break;
    default:
      message satisfies never;
  }
});
// It lives and ends with the server, which hears of an interrupt at the terminal as well.
process.on("disconnect", () => process.exit());
process.on("SIGINT", () => {});
