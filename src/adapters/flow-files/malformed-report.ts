import type { Malformed, MalformedSample } from "../../pipeline/flows/harvest.ts";
import {
  compareMalformed,
  type MalformedRecord,
  maxMalformedSamples,
  type PieceReaderSnapshot,
} from "../../pipeline/flows/piece-reader.ts";
import { recordErrorText } from "../../pipeline/sources/record-decoder.ts";

const shownCharacters = 80;

/** Malformed records of all readers: their number, and the first of them with their places. */
export function malformedReport(
  snapshots: readonly PieceReaderSnapshot[],
  paths: readonly string[],
  areLines: (input: number) => boolean,
): Malformed {
  const records = snapshots.flatMap(({ malformed }) => malformed);
  const count = snapshots.reduce(
    (sum, { inputs }) => sum + inputs.reduce((own, counts) => own + (counts?.malformed ?? 0), 0),
    0,
  );
  const samples = records
    .toSorted(compareMalformed)
    .slice(0, maxMalformedSamples)
    .map((record): MalformedSample => ({
      file: paths[record.input] ?? "",
      line: areLines(record.input) ? lineOf(record, snapshots) : undefined,
      byteOffset: record.byteOffset,
      text: shown(record.bytes),
      reason: recordErrorText[record.error],
    }));
  return { count, samples };
}

/** The line's number in its input: lines of all earlier pieces, whoever read them. */
function lineOf({ input, piece, line }: MalformedRecord, snapshots: readonly PieceReaderSnapshot[]): number {
  let before = 0;
  for (const { inputs } of snapshots) {
    const lines = inputs[input]?.lines ?? [];
    for (let i = 0; i < lines.length; i += 2) if (lines[i]! < piece) before += lines[i + 1]!;
  }
  return before + line + 1;
}

function shown(bytes: Uint8Array): string {
  const text = Buffer.from(bytes)
    .toString("utf8")
    .replaceAll(/[\p{C}\ufffd]/gu, "·");
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
