import type { FlowExportLimits } from "./flow-export-limits.ts";
import { type ExportProtocol, ExportSession } from "./session.ts";
import { TemplatePool } from "./template-pool.ts";
import type { Template } from "./template.ts";
import { costOf, type WaitingSet } from "./waiting-sets.ts";

/** What tells the streams of an exporter apart: a number where one does, which costs less than a text. */
export type StreamKey = number | string;

const protocolNumbers: Readonly<Record<ExportProtocol, number>> = { netflow5: 0, netflow9: 1, ipfix: 2, sflow: 3 };

/** By `port` (-1: whatever the port) and domain. */
export function streamKey(protocol: ExportProtocol, port: number, domain: number): StreamKey {
  return (protocolNumbers[protocol] * 2 ** 17 + port + 1) * 2 ** 32 + domain;
}

/** The sessions of all exporters, within limits: what was silent for longest makes room. */
export class SessionTable {
  /** Sets given up: no room, or no template in time. */
  givenUp = 0;
  private readonly limits: FlowExportLimits;
  private readonly exporters = new Map<string, Map<StreamKey, ExportSession>>();
  private count = 0;
  private readonly pool = new TemplatePool();
  private waitingBytes = 0;

  constructor(limits: FlowExportLimits) {
    this.limits = limits;
  }

  /** The session of a stream, made when it is new. */
  session(address: string, protocol: ExportProtocol, key: StreamKey, nowMs: number): ExportSession {
    let streams = this.exporters.get(address);
    let session = streams?.get(key);
    if (session === undefined) {
      if (streams !== undefined && streams.size >= this.limits.sessionsPerExporter)
        this.removeOldestOf(address, streams);
      if (this.count >= this.limits.sessions) this.removeOldest(undefined);
      session = new ExportSession(protocol, this.pool);
      streams = this.exporters.get(address);
      if (streams === undefined) this.exporters.set(address, (streams = new Map<StreamKey, ExportSession>()));
      streams.set(key, session);
      this.count += 1;
    }
    session.lastSeenMs = nowMs;
    return session;
  }

  /**
   * Learns a template; sessions silent for longest make room for it. `key` as of `templateKey`.
   * @returns false when there is no room
   */
  learn(session: ExportSession, key: string, template: Template, nowMs: number): boolean {
    const isKept = session.templates.set(key, template, nowMs, this.limits);
    if (isKept) session.isStale ||= template.isStale;
    while (this.pool.fields > this.limits.fields && this.removeOldest(session)) continue;
    return isKept;
  }

  /** Keeps a set until its template comes; a session's oldest sets make room for its newest. */
  wait(session: ExportSession, set: WaitingSet): void {
    const { waitingBytesPerSession, waitingBytes, templateLifetimeMs } = this.limits;
    const { waiting } = session;
    const cost = costOf(set);
    for (let { oldest } = waiting; oldest !== undefined; { oldest } = waiting) {
      const isOld = set.times.receivedMs - oldest.times.receivedMs > templateLifetimeMs;
      if (!isOld && waiting.cost + cost <= waitingBytesPerSession && this.waitingBytes + cost <= waitingBytes) break;
      waiting.dropOldest();
      this.waitingBytes -= costOf(oldest);
      this.givenUp += 1;
    }
    if (waiting.cost + cost > waitingBytesPerSession || this.waitingBytes + cost > waitingBytes) {
      this.givenUp += 1;
      return;
    }
    waiting.add(set);
    this.waitingBytes += cost;
  }

  /** Takes out the sets that waited for a template, in the order in which they came. */
  takeWaiting(session: ExportSession, id: number): readonly WaitingSet[] {
    const taken = session.waiting.take(id);
    for (const set of taken) this.waitingBytes -= costOf(set);
    return taken;
  }

  /** Gives up every set that waits. */
  giveUpWaiting(): void {
    for (const { session } of this.all()) {
      this.givenUp += session.waiting.count;
      while (session.waiting.count > 0) session.waiting.dropOldest();
    }
    this.waitingBytes = 0;
  }

  *all(): Generator<{ readonly address: string; readonly session: ExportSession }> {
    for (const [address, streams] of this.exporters) {
      for (const session of streams.values()) yield { address, session };
    }
  }

  /** False when there is none but the one to spare. */
  private removeOldest(spared: ExportSession | undefined): boolean {
    let oldest: ExportSession | undefined;
    let address = "";
    let stream: StreamKey = "";
    for (const [oneAddress, streams] of this.exporters) {
      for (const [oneStream, session] of streams) {
        if (session === spared || (oldest !== undefined && session.lastSeenMs >= oldest.lastSeenMs)) continue;
        oldest = session;
        address = oneAddress;
        stream = oneStream;
      }
    }
    if (oldest === undefined) return false;
    this.remove(address, stream, oldest);
    return true;
  }

  private removeOldestOf(address: string, streams: ReadonlyMap<StreamKey, ExportSession>): void {
    let oldest: readonly [StreamKey, ExportSession] | undefined;
    for (const one of streams) if (oldest === undefined || one[1].lastSeenMs < oldest[1].lastSeenMs) oldest = one;
    if (oldest !== undefined) this.remove(address, ...oldest);
  }

  private remove(address: string, stream: StreamKey, session: ExportSession): void {
    const streams = this.exporters.get(address);
    streams?.delete(stream);
    if (streams?.size === 0) this.exporters.delete(address);
    this.count -= 1;
    session.forget();
    this.waitingBytes -= session.waiting.cost;
    this.givenUp += session.waiting.count;
  }
}
