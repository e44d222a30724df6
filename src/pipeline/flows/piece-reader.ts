import type { FlowFormat } from "../sources/flow-format.ts";
import { openDecoder } from "../sources/open-decoder.ts";
import type { CsvHeader } from "../sources/plain/csv.ts";
import { maxRecordBytes, type RecordDecoder, type RecordError } from "../sources/record-decoder.ts";
import { AddressClassifier } from "./address-classes.ts";
import { FlowCollector, type CollectorSnapshot } from "./collector.ts";
import type { FlowLimits } from "./flow-limits.ts";
import type { ClusterNetworks } from "./harvest.ts";

/** How the records of an input are to be read; plain data, the same for every worker. */
export interface InputPlan {
  readonly format: FlowFormat;
  readonly csv: CsvHeader | undefined;
}

export interface ReadingPlan {
  readonly inputs: readonly InputPlan[];
  /** What is known of them beforehand. */
  readonly networks: ClusterNetworks | undefined;
  /** Whether the flows must tell some of them. */
  readonly isInferring: boolean;
  readonly limits: FlowLimits;
}

export interface MalformedRecord {
  readonly input: number;
  readonly piece: number;
  /** Of its line in the piece, from 0. */
  readonly line: number;
  readonly byteOffset: number;
  readonly bytes: Uint8Array;
  readonly error: RecordError;
}

export interface InputCounts {
  flows: number;
  malformed: number;
  isTruncated: boolean;
  /** Lines of each piece of the input, to turn places in pieces into line numbers: piece, lines, piece, lines, … */
  readonly lines: number[];
}

export interface PieceReaderSnapshot {
  readonly collected: CollectorSnapshot;
  readonly malformed: readonly MalformedRecord[];
  readonly inputs: readonly (InputCounts | undefined)[];
}

export const maxMalformedSamples = 5;
/** Of a malformed record this much is kept for the report. */
const sampleBytes = 160;
/** Pieces of one input are numbered from this multiple of its index: ten million pieces of a mebibyte. */
export const piecesPerInput = 10_000_000;

/**
 * Reads pieces of input, each a run of whole lines, and counts what they hold. Every worker has one; pieces may be
 * dealt out in any way and order.
 */
export class PieceReader {
  /** Running totals for progress. */
  readonly progress = { bytes: 0, flows: 0, malformed: 0 };
  private readonly plan: ReadingPlan;
  private readonly collector: FlowCollector;
  private readonly decoders = new Map<number, RecordDecoder>();
  private readonly shared = new Map<FlowFormat, RecordDecoder>();
  private readonly counts: (InputCounts | undefined)[];
  /** The first of them, sorted. */
  private readonly malformed: MalformedRecord[] = [];

  constructor(plan: ReadingPlan) {
    this.plan = plan;
    const classes = new AddressClassifier(plan.networks?.pods ?? [], plan.networks?.services ?? []);
    this.collector = new FlowCollector(classes, plan.limits, plan.isInferring);
    this.counts = plan.inputs.map(() => undefined);
  }

  /**
   * Reads the whole lines in bytes[from, to); bytes[to - 1] is a line feed and `scanPadding` bytes follow.
   * @param byteOffset of bytes[from] in the input
   * @param isCut whether the last line feed was added because the input ended without one
   */
  read(
    input: number,
    piece: number,
    bytes: Uint8Array,
    view: DataView,
    from: number,
    to: number,
    byteOffset: number,
    isCut: boolean,
  ): void {
    const decoder = this.decoderOf(input);
    const { collector } = this;
    const counts = (this.counts[input] ??= { flows: 0, malformed: 0, isTruncated: false, lines: [] });
    collector.piece = piece;
    decoder.open?.(bytes, from, to);
    let lines = 0;
    let understood = 0;
    for (let p = byteOffset === 0 ? behindMark(bytes, from) : from; p < to; lines += 1) {
      // What is decoded is counted: a record that is too long must be noticed before.
      const isTooLong = to - p > maxRecordBytes && bytes.indexOf(0x0a, p) + 1 - p > maxRecordBytes;
      const next = isTooLong ? -1 : decoder.decode(bytes, view, p);
      if (next >= 0) {
        understood += 1;
        p = next;
        continue;
      }
      const end = bytes.indexOf(0x0a, p) + 1;
      if (!isBlank(bytes, p, end)) {
        if (isCut && end === to) {
          counts.isTruncated = true;
        } else {
          const error = isTooLong ? "too_long" : decoder.error;
          this.refuse(
            counts,
            { input, piece, line: lines, byteOffset: byteOffset + p - from, error },
            bytes,
            p,
            end - 1,
          );
        }
      }
      p = end;
    }
    counts.flows += understood;
    counts.lines.push(piece, lines);
    this.progress.bytes += to - from;
    this.progress.flows += understood;
  }

  /** Counts a line that was too long to be kept; it is the piece's last and began at `byteOffset`. */
  refuseLongLine(input: number, piece: number, byteOffset: number, bytes: Uint8Array): void {
    const counts = (this.counts[input] ??= { flows: 0, malformed: 0, isTruncated: false, lines: [] });
    const line = counts.lines.at(-2) === piece ? counts.lines.at(-1)! : 0;
    this.refuse(counts, { input, piece, line, byteOffset, error: "too_long" }, bytes, 0, bytes.length);
    counts.lines.push(piece, 1);
  }

  private refuse(
    counts: InputCounts,
    place: Omit<MalformedRecord, "bytes">,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): void {
    counts.malformed += 1;
    this.progress.malformed += 1;
    const last = this.malformed.at(-1);
    if (last !== undefined && this.malformed.length === maxMalformedSamples && compareMalformed(place, last) > 0)
      return;
    this.malformed.push({ ...place, bytes: bytes.slice(from, Math.min(to, from + sampleBytes)) });
    this.malformed.sort(compareMalformed).splice(maxMalformedSamples);
  }

  /** Nothing more comes of this input to this reader. */
  finish(input: number): void {
    this.decoders.get(input)?.finish();
    this.decoders.delete(input);
  }

  snapshot(): PieceReaderSnapshot {
    return { collected: this.collector.snapshot(), malformed: this.malformed, inputs: this.counts };
  }

  /** A decoder that joins lines belongs to one input; the others keep what they have learnt about keys. */
  private decoderOf(input: number): RecordDecoder {
    const known = this.decoders.get(input);
    if (known !== undefined) return known;
    const { format, csv } = this.plan.inputs[input]!;
    const isShared = format !== "ovn-acl" && csv === undefined;
    const decoder = (isShared ? this.shared.get(format) : undefined) ?? openDecoder(format, csv, this.collector.take);
    if (isShared) this.shared.set(format, decoder);
    this.decoders.set(input, decoder);
    return decoder;
  }
}

/** By place: whoever found them, the first ones are reported. */
export function compareMalformed(
  a: Pick<MalformedRecord, "input" | "byteOffset">,
  b: Pick<MalformedRecord, "input" | "byteOffset">,
): number {
  return a.input - b.input || a.byteOffset - b.byteOffset;
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let p = from; p < to; p += 1) if (bytes[p]! > 0x20) return false;
  return true;
}

/** Behind a byte order mark, as some editors put it before the first line. */
function behindMark(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? at + 3 : at;
}
