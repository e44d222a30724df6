import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import { AnswerReader } from "./answer-reader.ts";
import { encodeAnswer, encodeEdges, encodeInPieces } from "./encode-answer.ts";
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
  const asked = decodeAsked(question, text);
  if (!asked.ok) return asked;
  return mendable(async () => encodeAnswer(await answerOf(reader, question, asked.value)));
}

/**
 * As {@link answerHistory}, however long the answer is: edges are told as the history finds them. What fails behind the first piece
 * rejects there.
 */
export async function answerInPieces(
  reader: HistoryReader,
  question: HistoryQuestion,
  text: string,
  signal?: AbortSignal,
): Promise<Result<AsyncGenerator<string, void, undefined>, Failure>> {
  const asked = decodeAsked(question, text);
  if (!asked.ok) return asked;
  return mendable(async () => {
    const pieces =
      question === "edges" && reader.edgesInParts !== undefined
        ? encodeEdges(reader.edgesInParts(asked.value as AskedOf<"edges">, signal))
        : encodeInPieces(await answerOf(reader, question, asked.value, signal));
    const all = after(await pieces.next(), pieces);
    // Only what has begun can be ended.
    await all.next();
    return ok(all);
  });
}

async function answerOf<Q extends HistoryQuestion>(
  reader: HistoryReader,
  question: Q,
  asked: AskedOf<Q>,
  signal?: AbortSignal,
): Promise<AnswerOf<Q>> {
  // It has nothing to ask for.
  if (question === "coverage") return (await reader.coverage(signal)) as AnswerOf<Q>;
  const own = reader[question].bind(reader) as (query: AskedOf<Q>, until?: AbortSignal) => Promise<AnswerOf<Q>>;
  return own(asked, signal);
}

async function* after(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  try {
    yield "";
    if (first.done !== true) yield first.value;
    yield* rest;
  } finally {
    await rest.return();
  }
}

async function mendable<T>(work: () => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HistoryUnavailable) return fail(error.failure);
    throw error;
  }
}

/** A reader of a history far away: `ask` brings a question and its argument there and the answer's text back. */
export function remoteHistory(
  ask: (question: HistoryQuestion, text: string) => Promise<Result<string, Failure>>,
  close: () => Promise<void>,
): HistoryReader {
  return readerOf(async (question, asked) => {
    const text = await ask(question, asked);
    return text.ok ? decodeAnswer(question, text.value) : text;
  }, close);
}

/**
 * As {@link remoteHistory}, with answers that are read while they come.
 * @param ask gives the pieces of the answer to `take`, until that says that it is enough
 */
export function remoteHistoryInPieces(
  ask: (
    question: HistoryQuestion,
    text: string,
    take: (piece: Uint8Array) => boolean,
    signal: AbortSignal | undefined,
  ) => Promise<Result<void, Failure>>,
  close: () => Promise<void>,
): HistoryReader {
  return readerOf(async (question, asked, signal) => {
    const reader = new AnswerReader(question);
    let isWanted = true;
    const told = await ask(question, asked, (piece) => (isWanted &&= reader.push(piece)), signal);
    // What was not wanted to its end has its own complaint.
    return told.ok || !isWanted ? reader.end() : told;
  }, close);
}

function readerOf(
  tell: <Q extends HistoryQuestion>(
    question: Q,
    asked: string,
    signal: AbortSignal | undefined,
  ) => Promise<Result<AnswerOf<Q>, Failure>>,
  close: () => Promise<void>,
): HistoryReader {
  const call =
    <Q extends HistoryQuestion>(question: Q) =>
    async (query: AskedOf<Q>, signal?: AbortSignal): Promise<AnswerOf<Q>> => {
      const told = await tell(question, encodeHistory(query), signal);
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
    coverage: async (signal) => call("coverage")(undefined, signal),
    close,
  };
}
