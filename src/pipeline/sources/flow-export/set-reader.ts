import { Observation, type ObservationSink } from "../observation.ts";
import { slot } from "./elements.ts";
import type { FlowExportError } from "./flow-export-error.ts";
import type { FlowExportLimits } from "./flow-export-limits.ts";
import { emitRecord } from "./flow-record.ts";
import { PlainRecords } from "./plain-records.ts";
import type { MessageTimes } from "./record-times.ts";
import { freshValues, readRecord } from "./record-values.ts";
import type { SessionTable } from "./session-table.ts";
import type { ExportSession } from "./session.ts";
import { templateKey } from "./template-pool.ts";
import { parseTemplate, type Template } from "./template.ts";

/** How the two protocols with templates differ. */
export interface SetDialect {
  readonly templateSet: number;
  readonly optionsSet: number;
  readonly isIpfix: boolean;
}

export const netflow9Dialect: SetDialect = { templateSet: 0, optionsSet: 1, isIpfix: false };
export const ipfixDialect: SetDialect = { templateSet: 2, optionsSet: 3, isIpfix: true };

const firstDataSet = 256;
/** Of the records of a set whose template is not known. */
export const unknownCount = -1;

/** Reads sets: templates are learned, records decoded or kept until their template comes. */
export class SetReader {
  private readonly observation = new Observation();
  private readonly values = freshValues();
  private readonly sessions: SessionTable;
  private readonly limits: FlowExportLimits;
  private readonly openVSwitchSampling: number;
  private readonly sink: ObservationSink;
  private readonly malformed: (error: FlowExportError, bytes: Uint8Array) => void;
  private readonly plain: PlainRecords;
  /** Of the message read last: options among its records. */
  optionsCount = 0;
  /** Records that were decoded, options too. */
  private recordCount = 0;
  private isCountKnown = true;

  constructor(
    sessions: SessionTable,
    limits: FlowExportLimits,
    openVSwitchSampling: number,
    sink: ObservationSink,
    malformed: (error: FlowExportError, bytes: Uint8Array) => void,
  ) {
    this.sessions = sessions;
    this.limits = limits;
    this.openVSwitchSampling = openVSwitchSampling;
    this.sink = sink;
    this.malformed = malformed;
    this.plain = new PlainRecords(this.observation, sink);
  }

  /**
   * Reads the sets in [at, end).
   * @returns how many data records they hold; `unknownCount` when a set had to wait or could not be read
   */
  read(
    session: ExportSession,
    dialect: SetDialect,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    times: MessageTimes,
  ): number {
    this.recordCount = 0;
    this.optionsCount = 0;
    this.isCountKnown = true;
    let p = at;
    while (p + 4 <= end) {
      const id = view.getUint16(p);
      const length = view.getUint16(p + 2);
      if (length < 4 || p + length > end) {
        this.complain("bad_set", bytes, p, end);
        return unknownCount;
      }
      const to = p + length;
      if (id === dialect.templateSet || id === dialect.optionsSet) {
        this.readTemplates(session, dialect, id === dialect.optionsSet, bytes, view, p + 4, to, times);
      } else if (id >= firstDataSet) {
        this.readData(session, id, bytes, view, p + 4, to, times);
      }
      p = to;
    }
    return this.isCountKnown ? this.recordCount : unknownCount;
  }

  private complain(error: FlowExportError, bytes: Uint8Array, from: number, to: number): void {
    this.isCountKnown = false;
    this.malformed(error, bytes.subarray(from, to));
  }

  private readTemplates(
    session: ExportSession,
    dialect: SetDialect,
    isOptions: boolean,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    times: MessageTimes,
  ): void {
    let p = at;
    while (p + 4 <= end) {
      const id = view.getUint16(p);
      let count = view.getUint16(p + 2);
      if (id === 0 && count === 0 && !dialect.isIpfix) return; // padding
      if (dialect.isIpfix && count === 0) {
        this.withdraw(session, dialect, id);
        p += 4;
        continue;
      }
      let skipped = 0;
      let from = p + 4;
      if (isOptions) {
        if (from + 2 > end) break;
        // NetFlow v9 gives lengths in bytes, scopes first; IPFIX the number of all fields, then of scopes among them.
        if (!dialect.isIpfix) {
          skipped = count >>> 2;
          count = skipped + (view.getUint16(from) >>> 2);
        }
        from += 2;
      }
      if (id < firstDataSet || count === 0) return this.complain("bad_template", bytes, p, end);
      if (count > this.limits.fieldsPerTemplate) return this.complain("too_many_templates", bytes, p, end);
      const parsed = parseTemplate(view, from, end, { id, count, isOptions, skipped }, dialect.isIpfix);
      if (parsed === undefined) return this.complain("bad_template", bytes, p, end);
      const { template, next } = parsed;
      if (template === undefined) this.complain("bad_template", bytes, at, end);
      else {
        const how = `${dialect.templateSet}${isOptions ? "o" : "t"}`;
        this.learn(session, templateKey(bytes, p, next, how), template, bytes.subarray(at, end), times);
      }
      p = next;
    }
  }

  private withdraw(session: ExportSession, dialect: SetDialect, id: number): void {
    if (id === dialect.templateSet) session.templates.removeAll(false);
    else if (id === dialect.optionsSet) session.templates.removeAll(true);
    else session.templates.remove(id);
  }

  private learn(session: ExportSession, key: string, template: Template, bytes: Uint8Array, times: MessageTimes): void {
    if (!this.sessions.learn(session, key, template, times.receivedMs))
      return this.malformed("too_many_templates", bytes);
    for (const waiting of this.sessions.takeWaiting(session, template.id)) {
      const view = new DataView(waiting.bytes.buffer, waiting.bytes.byteOffset, waiting.bytes.byteLength);
      const count = this.recordCount;
      this.readRecords(session, template, waiting.bytes, view, 0, waiting.bytes.length, waiting.times);
      this.recordCount = count; // they were of an earlier message
    }
  }

  private readData(
    session: ExportSession,
    id: number,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    times: MessageTimes,
  ): void {
    const template = session.templates.get(id, times.receivedMs, this.limits.templateLifetimeMs);
    if (template !== undefined) return this.readRecords(session, template, bytes, view, at, end, times);
    if (at === end) return; // of no records, whatever they look like
    this.isCountKnown = false;
    // A copy, also of what is a Buffer, whose `slice` is none.
    this.sessions.wait(session, { id, bytes: new Uint8Array(bytes.subarray(at, end)), times });
  }

  private readRecords(
    session: ExportSession,
    template: Template,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    times: MessageTimes,
  ): void {
    const { values } = this;
    const { plan, isOpenVSwitch } = template;
    values.fill(-1);
    // The same for all records that say nothing of it themselves.
    const sampling = session.sampling.rateOf(values);
    const scaledBy = isOpenVSwitch && sampling === 1 ? this.openVSwitchSampling : 1;
    let p = at;
    // What is shorter than a record is padding.
    while (p + template.recordBytes <= end) {
      if (plan !== undefined) {
        const set = { bytes, view, end, times, isOpenVSwitch, sampling: sampling * scaledBy, scaledBy };
        p = this.plain.read(plan, set, p);
        this.recordCount += this.plain.count;
        if (p + template.recordBytes > end) return;
      }
      const next = readRecord(template, view, p, end, values);
      if (next < 0) return this.complain("bad_record", bytes, p, end);
      this.recordCount += 1;
      if (template.isOptions) {
        this.optionsCount += 1;
        session.sampling.learn(values);
        if (values[slot.systemStartMs]! > 0) session.systemStartMs = values[slot.systemStartMs]!;
      } else {
        const rate = template.tellsSampling ? session.sampling.rateOf(values) : sampling;
        const { systemStartMs } = session;
        const { observation, sink, openVSwitchSampling } = this;
        emitRecord(observation, bytes, view, template, values, times, systemStartMs, rate, openVSwitchSampling, sink);
      }
      p = next;
    }
  }
}
