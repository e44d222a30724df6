import { Observation, type ObservationSink } from "../observation.ts";
import type { FlowExportError } from "./flow-export-error.ts";
import { defaultFlowExportLimits, type FlowExportLimits } from "./flow-export-limits.ts";
import { emitNetflow5, netflow5HeaderBytes, netflow5RecordBytes, netflow5Times } from "./netflow5.ts";
import type { MessageTimes } from "./record-times.ts";
import { fingerprintOf } from "./sequence.ts";
import { SessionTable, streamKey } from "./session-table.ts";
import type { ExportSession } from "./session.ts";
import { ipfixDialect, netflow9Dialect, type SetDialect, SetReader } from "./set-reader.ts";
import { readSflowHeader, SflowReader } from "./sflow5.ts";

/** What happens beside flows. */
export interface FlowExportReport {
  /** `bytes` are where it happened; they hold only during the call. */
  malformed(error: FlowExportError, bytes: Uint8Array): void;
  /** Records that never arrived, as sequence numbers and drop counters tell; an estimate for NetFlow v9. */
  lost(records: number): void;
}

export interface FlowExportSettings {
  /** The packet sampling of Open vSwitch exporters, which scale by it and do not tell it; 1: none. */
  readonly openVSwitchSampling: number;
  readonly limits: FlowExportLimits;
}

export const defaultFlowExportSettings: FlowExportSettings = {
  openVSwitchSampling: 1,
  limits: defaultFlowExportLimits,
};

const version = { netflow5: 5, netflow9: 9, ipfix: 10 } as const;
const netflow9HeaderBytes = 20;
const ipfixHeaderBytes = 16;
/** An exporter that was up for less time than before, by more than datagrams overtake each other, was restarted. */
const uptimeStepMs = 60_000;
/** Uptimes are milliseconds in 32 bits: after 49 days they start over by themselves. */
const uptimeWrapMs = 2 ** 32;

/**
 * Decodes datagrams of NetFlow v5, NetFlow v9, IPFIX and sFlow v5, told apart by their content, of any number of
 * exporters. Never throws, whatever the bytes. What is remembered belongs to a session: for IPFIX and NetFlow v5 the
 * exporter's address and port (RFC 7011 section 10.3: a transport session) and domain; for NetFlow v9 its address and
 * source id (RFC 3954 section 9), and the port where two are seen to share these; for sFlow its address, agent and sub-agent.
 */
export class FlowExportDecoder {
  /** Datagrams that came twice, and are counted once. */
  duplicates = 0;
  /** Times an exporter started over. */
  restarts = 0;
  private readonly observation = new Observation();
  private readonly sessions: SessionTable;
  private readonly sets: SetReader;
  private readonly sflow: SflowReader;
  private readonly sink: ObservationSink;
  private readonly report: FlowExportReport;

  constructor(sink: ObservationSink, report: FlowExportReport, settings = defaultFlowExportSettings) {
    const { limits, openVSwitchSampling } = settings;
    const malformed = (error: FlowExportError, bytes: Uint8Array): void => report.malformed(error, bytes);
    this.sink = sink;
    this.report = report;
    this.sessions = new SessionTable(limits);
    this.sets = new SetReader(this.sessions, limits, openVSwitchSampling, sink, malformed);
    this.sflow = new SflowReader(sink, malformed);
  }

  /** Decodes one datagram, which came from `address` and `port` at `receivedMs`. */
  decode(bytes: Uint8Array, address: string, port: number, receivedMs: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const first = bytes.length < 4 ? -1 : view.getUint16(0);
    if (first === version.netflow5) this.decodeNetflow5(bytes, view, address, port, receivedMs);
    else if (first === version.netflow9) this.decodeNetflow9(bytes, view, address, port, receivedMs);
    else if (first === version.ipfix) this.decodeIpfix(bytes, view, address, port, receivedMs);
    else if (first === 0 && view.getUint16(2) === 5) this.decodeSflow(bytes, view, address, receivedMs);
    else this.report.malformed("unknown_version", bytes);
    this.tellGivenUp();
  }

  /** Nothing more will come: sets that wait for a template are given up, and what is missing is lost. */
  finish(): void {
    this.sessions.giveUpWaiting();
    this.tellGivenUp();
    for (const { session } of this.sessions.all()) {
      session.settle();
      this.tellLost(session);
    }
  }

  /** Data sets that wait for their template, for people who wonder why nothing arrives. */
  get waitingSets(): number {
    let count = 0;
    for (const { session } of this.sessions.all()) count += session.waiting.count;
    return count;
  }

  /** Exporters whose records mix values of different flows: flowlogs-pipeline. */
  get staleExporters(): readonly string[] {
    return [...this.sessions.all()].filter(({ session }) => session.isStale).map(({ address }) => address);
  }

  private decodeNetflow5(bytes: Uint8Array, view: DataView, address: string, port: number, receivedMs: number): void {
    if (bytes.length < netflow5HeaderBytes) return this.report.malformed("bad_header", bytes);
    const count = view.getUint16(2);
    if (count === 0) return this.report.malformed("bad_header", bytes);
    // A datagram that ends before its records was cut or garbled, and nothing in it is evidence.
    if (bytes.length < netflow5HeaderBytes + count * netflow5RecordBytes)
      return this.report.malformed("cut_off", bytes);
    const session = this.sessions.session(
      address,
      "netflow5",
      streamKey("netflow5", port, view.getUint16(20)),
      receivedMs,
    );
    const sequence = view.getUint32(16);
    const times = netflow5Times(view, receivedMs);
    this.noticeRestart(session, times.uptimeMs, sequence, receivedMs);
    if (!this.arrive(session, sequence, view)) return;
    emitNetflow5(this.observation, bytes, view, count, times, this.sink);
    this.advance(session, sequence, count, 1, -1);
  }

  private decodeNetflow9(bytes: Uint8Array, view: DataView, address: string, port: number, receivedMs: number): void {
    if (bytes.length < netflow9HeaderBytes) return this.report.malformed("bad_header", bytes);
    const times = { receivedMs, exportMs: view.getUint32(8) * 1000, uptimeMs: view.getUint32(4) };
    const source = view.getUint32(16);
    let session = this.sessions.session(address, "netflow9", streamKey("netflow9", -1, source), receivedMs);
    if (!session.isShared) session.isShared = isOfAnother(session, times.uptimeMs, receivedMs);
    if (session.isShared)
      session = this.sessions.session(address, "netflow9", streamKey("netflow9", port, source), receivedMs);
    const sequence = view.getUint32(12);
    this.noticeRestart(session, times.uptimeMs, sequence, receivedMs);
    if (!this.arrive(session, sequence, view)) return;
    const records = this.readSets(session, netflow9Dialect, bytes, view, netflow9HeaderBytes, bytes.length, times);
    this.advance(session, sequence, 1, records, -1);
  }

  private decodeIpfix(bytes: Uint8Array, view: DataView, address: string, port: number, receivedMs: number): void {
    if (bytes.length < ipfixHeaderBytes) return this.report.malformed("bad_header", bytes);
    const length = view.getUint16(2);
    if (length < ipfixHeaderBytes || length > bytes.length) return this.report.malformed("bad_header", bytes);
    const times = { receivedMs, exportMs: view.getUint32(4) * 1000, uptimeMs: -1 };
    const session = this.sessions.session(address, "ipfix", streamKey("ipfix", port, view.getUint32(12)), receivedMs);
    const sequence = view.getUint32(8);
    if (!this.arrive(session, sequence, view)) return;
    const records = this.readSets(session, ipfixDialect, bytes, view, ipfixHeaderBytes, length, times);
    this.advance(session, sequence, records, 1, records < 0 ? -1 : records - this.sets.optionsCount);
  }

  private decodeSflow(bytes: Uint8Array, view: DataView, address: string, receivedMs: number): void {
    const header = readSflowHeader(view);
    if (header === undefined) return this.report.malformed("bad_header", bytes);
    const session = this.sessions.session(address, "sflow", header.stream, receivedMs);
    if (!this.arrive(session, header.sequence, view)) return;
    this.sflow.read(session, header, bytes, view, receivedMs);
    this.advance(session, header.sequence, 1, -1, -1);
  }

  private readSets(
    session: ExportSession,
    dialect: SetDialect,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    times: MessageTimes,
  ): number {
    const records = this.sets.read(session, dialect, bytes, view, at, end, times);
    session.count(records);
    return records;
  }

  /** False for a datagram that came before. */
  private arrive(session: ExportSession, sequence: number, view: DataView): boolean {
    const isNew = session.sequence.arrive(sequence, fingerprintOf(view));
    if (!isNew) this.duplicates += 1;
    return isNew;
  }

  /** What an exporter announced in its former life may be another now: data waits for the new templates. */
  private noticeRestart(session: ExportSession, uptimeMs: number, sequence: number, receivedMs: number): void {
    session.uptimeSeenMs = receivedMs;
    const { lastUptimeMs } = session;
    const isBack = uptimeMs + uptimeStepMs < lastUptimeMs && lastUptimeMs < uptimeWrapMs - uptimeStepMs;
    session.lastUptimeMs = isBack ? uptimeMs : Math.max(uptimeMs, lastUptimeMs);
    if (lastUptimeMs - uptimeMs > uptimeWrapMs / 2) session.lastUptimeMs = uptimeMs;
    if (!isBack || session.sequence.isNext(sequence)) return;
    session.sequence.restart();
    this.restarts += 1;
    session.hasRestarted = true;
    session.forget();
  }

  private advance(
    session: ExportSession,
    sequence: number,
    units: number,
    otherUnits: number,
    includedUnits: number,
  ): void {
    const { restarts } = session.sequence;
    session.sequence.advance(sequence, { units, otherUnits, includedUnits });
    this.restarts += session.sequence.restarts - restarts;
    this.tellLost(session);
  }

  private tellLost(session: ExportSession): void {
    const lost = session.takeLost();
    if (lost > 0) this.report.lost(lost);
  }

  private tellGivenUp(): void {
    for (; this.sessions.givenUp > 0; this.sessions.givenUp -= 1) this.report.malformed("no_template", nothing);
  }
}

/** After a restart that was none an exporter is up for longer than it can be: there are two, behind address translation. */
function isOfAnother(
  { hasRestarted, lastUptimeMs, uptimeSeenMs }: ExportSession,
  uptimeMs: number,
  nowMs: number,
): boolean {
  return hasRestarted && uptimeMs > lastUptimeMs + (nowMs - uptimeSeenMs) + uptimeStepMs;
}

const nothing = new Uint8Array(0);
