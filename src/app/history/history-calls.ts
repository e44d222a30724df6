import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import { encodeAnswer } from "./encode-answer.ts";
import {
  type AnswerOf,
  type AskedOf,
  decodeAnswer,
  decodeAsked,
  encodeHistory,
  type HistoryQuestion,
} from "./history-codec.ts";
import type { HistoryReader } from "./history-reader.ts";
import { HistoryUnavailable } from "./history-unavailable.ts";

/** Answers one question that came over a wire, as JSON text; only what a person can mend is a failure. */
export async function answerHistory(
  reader: HistoryReader,
  question: HistoryQuestion,
  text: string,
): Promise<Result<string, Failure>> {
  return answer(reader, question, text);
}

async function answer<Q extends HistoryQuestion>(
  reader: HistoryReader,
  question: Q,
  text: string,
): Promise<Result<string, Failure>> {
  const asked = decodeAsked(question, text);
  if (!asked.ok) return asked;
  const ask = reader[question].bind(reader) as (query: AskedOf<Q>) => Promise<AnswerOf<Q>>;
  try {
    return await encodeAnswer(await ask(asked.value));
  } catch (error) {
    if (error instanceof HistoryUnavailable) return { ok: false, error: error.failure };
    throw error;
  }
}

/** A reader of a history far away: `ask` brings a question and its argument there and the answer's text back. */
export function remoteHistory(
  ask: (question: HistoryQuestion, text: string) => Promise<Result<string, Failure>>,
  close: () => Promise<void>,
): HistoryReader {
  const call =
    <Q extends HistoryQuestion>(question: Q) =>
    async (query: AskedOf<Q>): Promise<AnswerOf<Q>> => {
      const text = await ask(question, encodeHistory(query));
      const told = text.ok ? decodeAnswer(question, text.value) : text;
      if (!told.ok) throw new HistoryUnavailable(told.error);
      return told.value;
    };
  return {
    edges: call("edges"),
    names: call("names"),
    newDestinations: call("newDestinations"),
    topTalkers: call("topTalkers"),
    coarse: call("coarse"),
    sourceHealth: call("sourceHealth"),
    coverage: async () => call("coverage")(undefined),
    close,
  };
}
