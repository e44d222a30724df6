import { CaptureDecoder, hourlyReportMs } from "../sources/packets/capture-decoder.ts";
import type { InitialCrypto } from "../sources/packets/initial-crypto.ts";
import { addressClass, AddressClassifier } from "./address-classes.ts";
import { FlowCollector } from "./collector.ts";
import {
  type InputCounts,
  type MalformedRecord,
  maxMalformedSamples,
  type PieceReaderSnapshot,
  piecesPerInput,
  type ReadingPlan,
} from "./piece-reader.ts";

/**
 * Reads packet captures, one after the other, and counts what they hold. Packets of one connection lie apart, so a capture
 * is read from its beginning to its end by one reader.
 */
export class PacketReader {
  private readonly collector: FlowCollector;
  private readonly decoder: CaptureDecoder;
  private readonly counts: (InputCounts | undefined)[];
  /** The first of them: captures come in order, and so do their packets. */
  private readonly malformed: MalformedRecord[] = [];
  private input = 0;

  constructor(plan: ReadingPlan, crypto: InitialCrypto | undefined) {
    const classes = new AddressClassifier(plan.networks?.pods ?? [], plan.networks?.services ?? []);
    this.collector = new FlowCollector(classes, plan.limits, plan.isInferring);
    this.counts = plan.inputs.map(() => undefined);
    this.decoder = new CaptureDecoder(
      {
        take: this.collector.take,
        malformed: (error, byteOffset, sample) => {
          this.counts[this.input]!.malformed += 1;
          if (this.malformed.length === maxMalformedSamples) return;
          const piece = this.input * piecesPerInput;
          this.malformed.push({ input: this.input, piece, line: 0, byteOffset, bytes: sample.slice(), error });
        },
      },
      {
        crypto,
        reportMs: hourlyReportMs,
        isPod: (family, words) => classes.classOf(family, words) === addressClass.pod,
      },
    );
  }

  /** Reads the next bytes of an input; a new input begins when the one before is finished. */
  push(input: number, bytes: Uint8Array): void {
    this.input = input;
    this.counts[input] ??= { flows: -this.collector.records, malformed: 0, isTruncated: false, lines: [] };
    this.collector.piece = input * piecesPerInput;
    this.decoder.push(bytes);
  }

  finish(): void {
    const counts = this.counts[this.input];
    if (counts === undefined) return;
    counts.isTruncated = this.decoder.finish();
    counts.flows += this.collector.records;
  }

  snapshot(): PieceReaderSnapshot {
    return { collected: this.collector.snapshot(), malformed: this.malformed, inputs: this.counts };
  }
}
