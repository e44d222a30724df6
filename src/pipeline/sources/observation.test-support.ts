import type { Observation } from "./observation.ts";

/** Everything an observation says, with texts instead of ranges. */
export function saidForTest(o: Observation): object {
  const word = (from: number, to: number): string => Buffer.from(o.bytes.subarray(from, to)).toString("utf8");
  const words = (count: number, from: Int32Array, to: Int32Array): string[] =>
    Array.from({ length: count }, (_, i) => word(from[i]!, to[i]!));
  const { bytes: _bytes, view: _view, textFrom, textTo, deciderBytes, deciderView: _of, ...rest } = o;
  return {
    ...rest,
    source: rest.sourceFamily === 0 ? [] : [...o.source.subarray(0, rest.sourceFamily === 4 ? 1 : 4)],
    destination:
      rest.destinationFamily === 0 ? [] : [...o.destination.subarray(0, rest.destinationFamily === 4 ? 1 : 4)],
    texts: words(textFrom.length, textFrom, textTo),
    names: words(o.nameCount, o.nameFrom, o.nameTo),
    deciders: Array.from({ length: o.deciderCount }, (_none, i) =>
      Buffer.from(deciderBytes.subarray(o.deciderFrom[i], o.deciderTo[i])).toString("utf8"),
    ),
    deciderFrom: [],
    deciderTo: [],
    chain: words(o.chainCount, o.chainFrom, o.chainTo),
    // Of a v4 address only the first word counts.
    answers: Array.from({ length: o.answerCount }, (_, i) => [
      ...o.answers.subarray(4 * i, 4 * i + (o.answerFamily[i] === 4 ? 1 : 4)),
    ]),
    answerFamily: [...o.answerFamily.subarray(0, o.answerCount)],
    nameFrom: [],
    nameTo: [],
    chainFrom: [],
    chainTo: [],
  };
}
