import { parentPort, workerData } from "node:worker_threads";
import { celEngine } from "../adapters/cel/engine.ts";
import { readObjects } from "../adapters/manifests/read-objects.ts";
import { opaEngine } from "../adapters/opa/engine.ts";
import { lawBench } from "../app/law/law-bench.ts";
import type { FromLawThread, LawThreadSettings, ToLawThread } from "./law-messages.ts";

/** The thread beside the server's own in which the law is asked: a long policy, or a long expression, keeps nobody else waiting. */

const { opa } = workerData as LawThreadSettings;
const bench = lawBench({ readManifests: readObjects, cel: celEngine, rego: opa && opaEngine(opa) });

async function judge({ id, laws, input }: ToLawThread): Promise<FromLawThread> {
  try {
    return { id, answer: await bench.judge(laws, input) };
  } catch (error) {
    return { id, because: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort!.on("message", (question: ToLawThread) => {
  void judge(question).then((answer) => parentPort!.postMessage(answer));
});
