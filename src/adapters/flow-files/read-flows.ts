import { randomInt } from "node:crypto";
import type { Readable } from "node:stream";
import type { Failure } from "../../app/failure.ts";
import type { FlowReadOptions } from "../../app/flow-source.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { defaultFlowLimits, type FlowLimits } from "../../pipeline/flows/flow-limits.ts";
import { gatherHarvest, isInferring, type KnownCluster, knownNetworks } from "../../pipeline/flows/gather.ts";
import type { FlowInput, Harvest } from "../../pipeline/flows/harvest.ts";
import { PacketReader } from "../../pipeline/flows/packet-reader.ts";
import {
  PieceReader,
  type PieceReaderSnapshot,
  piecesPerInput,
  type ReadingPlan,
} from "../../pipeline/flows/piece-reader.ts";
import { acceptedFormats, type DetectedInput, detectInput } from "../../pipeline/sources/detect-input.ts";
import { DocumentFramer } from "../../pipeline/sources/document-framer.ts";
import { SeenEntries } from "../../pipeline/sources/netobserv/seen-entries.ts";
import type { InitialCrypto } from "../../pipeline/sources/packets/initial-crypto.ts";
import { expandInputs, type NamedInput } from "./expand-inputs.ts";
import { LineChunker, type LineChunk, type LongLine, readChunk } from "./line-chunks.ts";
import { liveContent } from "./live-content.ts";
import { malformedReport } from "./malformed-report.ts";
import { type Compression, openInput, type OpenedInput } from "./opened-input.ts";
import { pathFailure } from "./path-failure.ts";
import { SegmentError, SegmentReader, segmentCount, type SegmentedFile } from "./segments.ts";
import { defaultWorkers, WorkerCrew } from "./worker-crew.ts";

/** What only tests, benchmarks and experts set. */
export interface ReadingMachine {
  /** Worker threads; 0 reads everything in this one. By default as many as pay off. */
  readonly workers?: number;
  readonly limits?: FlowLimits;
}

export interface FlowIo {
  readonly stdin: Readable;
  /** For names in QUIC; without it they stay unread. */
  readonly initialCrypto?: InitialCrypto;
  /** Has the next interrupt end a capture that comes through standard input, instead of everything; gives what takes that back. */
  readonly divertInterrupt?: (action: () => void) => () => void;
}

/** Below this much input, starting workers takes longer than reading. */
const worthWorkers = 16 << 20;
/** Text like this shrinks about so much. */
const usualCompression = 10;
const progressMs = 100;

interface PlannedInput {
  readonly named: NamedInput;
  readonly compression: Compression;
  /** What was opened to look at it, when it cannot be opened again: a pipe. */
  readonly opened: OpenedInput | undefined;
  /** Undefined for an empty input. */
  readonly detected: DetectedInput | undefined;
}

/**
 * Reads recorded flows and brings in the harvest. Malformed records are counted, never fatal; what cannot be opened, or
 * is none of the known formats, fails with one sentence per input. Throws only what `signal` says.
 */
export async function readFlows(
  inputs: readonly string[],
  options: FlowReadOptions & ReadingMachine,
  io: FlowIo,
): Promise<Result<Harvest, readonly Failure[]>> {
  const { signal } = options;
  signal?.throwIfAborted();
  const expanded = await expandInputs(inputs);
  if (!expanded.ok) return expanded;
  const planned: PlannedInput[] = [];
  try {
    const failures: Failure[] = [];
    for (const named of expanded.value) {
      const input = await planInput(named, options, io);
      signal?.throwIfAborted();
      if (input.ok) planned.push(input.value);
      else failures.push(input.error);
    }
    if (failures.length > 0) return fail(failures);
    return await readPlanned(planned, options, io);
  } finally {
    for (const { opened } of planned) opened?.close();
  }
}

async function planInput(
  named: NamedInput,
  { format, signal }: FlowReadOptions,
  { stdin }: FlowIo,
): Promise<Result<PlannedInput, Failure>> {
  let opened: OpenedInput;
  try {
    opened = await openInput(named, stdin, signal);
  } catch (error) {
    signal?.throwIfAborted();
    return fail(pathFailure(named.path, error));
  }
  const { compression, head } = opened;
  const detected = head.length === 0 ? ok(undefined) : detectInput(head, format);
  const isKept = detected.ok && named.size === undefined;
  if (!isKept) opened.close();
  if (detected.ok) return ok({ named, compression, opened: isKept ? opened : undefined, detected: detected.value });
  const shown = named.path === "-" ? "standard input" : `\`${named.path}\``;
  const { code, saw } = detected.error;
  const message =
    code === "binary"
      ? `${shown} is ${saw}, not recorded flows as text; accepted are ${acceptedFormats}, also as gzip or zstd`
      : `${shown} is in no known format (saw ${saw}); accepted are ${acceptedFormats}; name the format with \`--format\``;
  return fail({ code: code === "binary" ? "flows_binary" : "flows_unknown_format", message });
}

async function readPlanned(
  planned: readonly PlannedInput[],
  options: FlowReadOptions & ReadingMachine,
  io: FlowIo,
): Promise<Result<Harvest, readonly Failure[]>> {
  const limits = options.limits ?? defaultFlowLimits;
  const known: KnownCluster = {
    facts: options.facts,
    given: { pods: options.clusterNetworks, services: options.serviceNetworks },
  };
  const networks = knownNetworks(known);
  const plan: ReadingPlan = {
    inputs: planned.map(({ detected }) => ({ format: detected?.format ?? "plain", csv: detected?.csv })),
    networks,
    isInferring: isInferring(networks),
    limits,
  };
  const reading = new Reading(planned, plan, options, io);
  const result = await reading.run();
  if (!result.ok) return result;
  const snapshots = result.value;
  const totals = planned.map(({ named, compression, detected }, i): FlowInput => {
    const counts = snapshots.flatMap(({ inputs }) => inputs[i] ?? []);
    return {
      path: named.path,
      format: detected?.format,
      compression,
      bytes: named.size ?? reading.streamBytes.get(i) ?? 0,
      flows: counts.reduce((sum, { flows }) => sum + flows, 0),
      malformed: counts.reduce((sum, { malformed }) => sum + malformed, 0),
      isTruncated: counts.some(({ isTruncated }) => isTruncated) || reading.cutDocuments.has(i),
    };
  });
  const malformed = malformedReport(
    snapshots,
    planned.map(({ named }) => named.path),
    (input) => planned[input]?.detected?.framing === "lines",
  );
  const collected = snapshots.map((snapshot) => snapshot.collected);
  return ok(gatherHarvest(collected, known, limits, totals, malformed));
}

/** One reading: deals out pieces to workers, or reads them here when there is little. */
class Reading {
  readonly cutDocuments = new Set<number>();
  /** Read from each stream, before decompression. */
  readonly streamBytes = new Map<number, number>();
  private readonly planned: readonly PlannedInput[];
  private readonly plan: ReadingPlan;
  private readonly options: FlowReadOptions & ReadingMachine;
  private readonly files: SegmentedFile[] = [];
  private readonly streams: number[] = [];
  private readonly own: PieceReader;
  private readonly packets: PacketReader | undefined;
  private readonly stdin: Readable;
  private readonly divertInterrupt: FlowIo["divertInterrupt"];
  private crew: WorkerCrew | undefined;
  private ownSegmentBytes = 0;
  private streamedBytes = 0;
  private readonly seen = new SeenEntries(randomInt(2 ** 32));

  constructor(
    planned: readonly PlannedInput[],
    plan: ReadingPlan,
    options: FlowReadOptions & ReadingMachine,
    { stdin, initialCrypto, divertInterrupt }: FlowIo,
  ) {
    this.stdin = stdin;
    this.divertInterrupt = divertInterrupt;
    const hasCaptures = plan.inputs.some(({ format }) => format === "capture");
    this.packets = hasCaptures ? new PacketReader(plan, initialCrypto) : undefined;
    this.planned = planned;
    this.plan = plan;
    this.options = options;
    this.own = new PieceReader(plan);
    for (const [input, { named, compression, detected }] of planned.entries()) {
      if (detected === undefined) continue;
      const isSegmented =
        named.size !== undefined &&
        compression === "none" &&
        detected.framing === "lines" &&
        detected.format !== "ovn-acl";
      if (isSegmented) this.files.push({ input, path: named.path, size: named.size });
      else this.streams.push(input);
    }
  }

  async run(): Promise<Result<readonly PieceReaderSnapshot[], readonly Failure[]>> {
    const { signal, onProgress } = this.options;
    const timer = onProgress === undefined ? undefined : setInterval(() => this.report(), progressMs);
    const stop = (): void => void this.crew?.stop();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      if (this.isMuch(this.expectedBytes())) this.startCrew(this.files);
      else this.readSegmentsHere();
      for (const input of this.streams) {
        const failure = await this.readStream(input);
        if (failure !== undefined) return fail([failure]);
      }
      const snapshots = (await this.crew?.finish()) ?? [];
      signal?.throwIfAborted();
      if (this.crew !== undefined && this.crew.failures.length > 0) return fail(this.crew.failures);
      this.report();
      return ok([...snapshots, this.own.snapshot(), ...(this.packets === undefined ? [] : [this.packets.snapshot()])]);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof SegmentError) return fail([pathFailure(error.path, error.cause)]);
      throw error;
    } finally {
      clearInterval(timer);
      signal?.removeEventListener("abort", stop);
      await this.crew?.stop();
    }
  }

  /** What the inputs for workers will come to, as far as their sizes tell. Captures are read here. */
  private expectedBytes(): number {
    return this.planned
      .filter(({ detected }) => detected?.framing !== "packets")
      .reduce(
        (sum, { named, compression }) => sum + (named.size ?? 0) * (compression === "none" ? 1 : usualCompression),
        0,
      );
  }

  private isMuch(bytes: number): boolean {
    return this.options.workers === undefined ? bytes > worthWorkers : this.options.workers > 0;
  }

  private startCrew(files: readonly SegmentedFile[]): void {
    this.crew = new WorkerCrew(this.plan, files, this.options.workers ?? defaultWorkers());
  }

  private readSegmentsHere(): void {
    if (this.files.length === 0) return;
    const segments = new SegmentReader(this.files, this.own);
    try {
      for (let number = 0; number < segmentCount(this.files); number += 1)
        this.ownSegmentBytes += segments.read(number);
    } finally {
      segments.close();
    }
  }

  private async readStream(input: number): Promise<Failure | undefined> {
    const { named, detected, opened: kept } = this.planned[input]!;
    const { signal } = this.options;
    const before = this.streamedBytes;
    let opened = kept;
    const packets = detected?.framing === "packets" ? this.packets : undefined;
    const chunker = new LineChunker();
    const ready: (LineChunk | LongLine)[] = [];
    const framer: DocumentFramer | undefined =
      detected?.framing === "document"
        ? new DocumentFramer((line) => {
            if (this.seen.add(line, framer?.labelBytes ?? 0, framer?.entryTime ?? ""))
              ready.push(...chunker.push(line));
          })
        : undefined;
    let piece = input * piecesPerInput;
    const handOver = async (): Promise<void> => {
      for (const chunk of ready.splice(0)) {
        await this.take(input, piece, chunk);
        piece += 1;
      }
    };
    try {
      opened ??= await openInput(named, this.stdin, signal);
      const isLive = packets !== undefined && named.path === "-" && this.divertInterrupt !== undefined;
      const content = isLive ? liveContent(opened.content, this.divertInterrupt) : opened.content;
      for await (const bytes of content) {
        signal?.throwIfAborted();
        if (packets !== undefined) packets.push(input, bytes);
        else if (framer === undefined) ready.push(...chunker.push(bytes));
        else if (!framer.push(bytes)) return documentFailure(named.path, framer);
        this.streamBytes.set(input, opened.bytesRead());
        this.streamedBytes = before + opened.bytesRead();
        await handOver();
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Error && "code" in error) return pathFailure(named.path, error);
      throw error;
    } finally {
      opened?.close();
    }
    packets?.finish();
    if (framer?.finish() === true) this.cutDocuments.add(input);
    ready.push(...chunker.finish());
    await handOver();
    this.own.finish(input);
    return undefined;
  }

  /** Audit logs join neighbouring lines, so one reader sees all of them, in order. */
  private async take(input: number, piece: number, chunk: LineChunk | LongLine): Promise<void> {
    if (this.plan.inputs[input]?.format === "ovn-acl") {
      readChunk(this.own, input, piece, chunk);
      return;
    }
    if (this.crew === undefined && this.isMuch(this.own.progress.bytes)) this.startCrew([]);
    if (this.crew === undefined) readChunk(this.own, input, piece, chunk);
    else await this.crew.submit(input, piece, chunk);
  }

  private report(): void {
    const sizes = this.planned.map(({ named }) => named.size);
    const [segmentBytes] = this.crew?.progress() ?? [0];
    this.options.onProgress?.({
      bytesRead: segmentBytes + this.ownSegmentBytes + this.streamedBytes,
      bytesTotal: sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
    });
  }
}

function documentFailure(path: string, { error }: DocumentFramer): Failure {
  const why = error === "record_too_long" ? "holds a record longer than 64 MiB" : "is not well-formed JSON";
  return { code: "flows_document_broken", message: `\`${path}\` ${why}, export the flows as JSON lines` };
}
