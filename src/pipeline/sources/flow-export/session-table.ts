import type { FlowExportLimits } from "./flow-export-limits.ts";
import { type ExportProtocol, ExportSession, type WaitingSet } from "./session.ts";

/** The sessions of all exporters, within limits: what was silent for longest makes room. */
export class SessionTable {
  /** Sets given up: no room, or no template in time. */
  givenUp = 0;
  private readonly limits: FlowExportLimits;
  private readonly exporters = new Map<string, Map<string, ExportSession>>();
  private count = 0;
  private fields = 0;
  private waitingBytes = 0;

  constructor(limits: FlowExportLimits) {
    this.limits = limits;
  }

  /** The session of a stream, made when it is new. */
  session(address: string, protocol: ExportProtocol, stream: string, nowMs: number): ExportSession {
    const key = `${protocol}/${stream}`;
    let streams = this.exporters.get(address);
    let session = streams?.get(key);
    if (session === undefined) {
      if (streams !== undefined && streams.size >= this.limits.sessionsPerExporter)
        this.removeOldestOf(address, streams);
      if (this.count >= this.limits.sessions) this.removeOldest(undefined);
      session = new ExportSession(protocol);
      streams = this.exporters.get(address);
      if (streams === undefined) this.exporters.set(address, (streams = new Map<string, ExportSession>()));
      streams.set(key, session);
      this.count += 1;
    }
    session.lastSeenMs = nowMs;
    return session;
  }

  /** Makes changes of a session's templates, and room for them at the cost of the sessions silent for longest. */
  changeTemplates(session: ExportSession, change: () => void): void {
    const before = session.fields;
    change();
    this.fields += session.fields - before;
    while (this.fields > this.limits.fields && this.removeOldest(session)) continue;
  }

  /** Keeps a set until its template comes; a session's oldest sets make room for its newest. */
  wait(session: ExportSession, set: WaitingSet): void {
    const cost = set.bytes.length + 128;
    const { waitingBytesPerSession, waitingBytes, templateLifetimeMs } = this.limits;
    let drop = 0;
    let held = session.waitingBytes;
    let all = this.waitingBytes;
    for (const { bytes, times } of session.waiting) {
      const isOld = set.times.receivedMs - times.receivedMs > templateLifetimeMs;
      if (!isOld && held + cost <= waitingBytesPerSession && all + cost <= waitingBytes) break;
      drop += 1;
      held -= bytes.length + 128;
      all -= bytes.length + 128;
    }
    for (const { id } of session.waiting.splice(0, drop)) session.countWaiting(id, -1);
    this.givenUp += drop;
    if (held + cost <= waitingBytesPerSession && all + cost <= waitingBytes) {
      session.waiting.push(set);
      session.countWaiting(set.id, 1);
      held += cost;
      all += cost;
    } else {
      this.givenUp += 1;
    }
    session.waitingBytes = held;
    this.waitingBytes = all;
  }

  /** Takes out the sets that waited for a template, in the order in which they came. */
  takeWaiting(session: ExportSession, id: number): readonly WaitingSet[] {
    if (!session.isAwaited(id)) return [];
    const taken = session.waiting.filter((set) => set.id === id);
    session.countWaiting(id, -taken.length);
    session.waiting = session.waiting.filter((set) => set.id !== id);
    const cost = taken.reduce((sum, { bytes }) => sum + bytes.length + 128, 0);
    session.waitingBytes -= cost;
    this.waitingBytes -= cost;
    return taken;
  }

  /** Gives up every set that waits. */
  giveUpWaiting(): void {
    for (const { session } of this.all()) {
      this.givenUp += session.waiting.length;
      for (const { id } of session.waiting.splice(0)) session.countWaiting(id, -1);
      session.waitingBytes = 0;
    }
    this.waitingBytes = 0;
  }

  *all(): Generator<{ readonly address: string; readonly stream: string; readonly session: ExportSession }> {
    for (const [address, streams] of this.exporters) {
      for (const [stream, session] of streams) yield { address, stream, session };
    }
  }

  /** False when there is none but the one to spare. */
  private removeOldest(spared: ExportSession | undefined): boolean {
    let oldest: { address: string; stream: string; session: ExportSession } | undefined;
    for (const one of this.all()) {
      if (one.session === spared) continue;
      if (oldest === undefined || one.session.lastSeenMs < oldest.session.lastSeenMs) oldest = one;
    }
    if (oldest === undefined) return false;
    this.remove(oldest.address, oldest.stream, oldest.session);
    return true;
  }

  private removeOldestOf(address: string, streams: ReadonlyMap<string, ExportSession>): void {
    let oldest: readonly [string, ExportSession] | undefined;
    for (const one of streams) if (oldest === undefined || one[1].lastSeenMs < oldest[1].lastSeenMs) oldest = one;
    if (oldest !== undefined) this.remove(address, ...oldest);
  }

  private remove(address: string, stream: string, session: ExportSession): void {
    const streams = this.exporters.get(address);
    streams?.delete(stream);
    if (streams?.size === 0) this.exporters.delete(address);
    this.count -= 1;
    this.fields -= session.fields;
    this.waitingBytes -= session.waitingBytes;
    this.givenUp += session.waiting.length;
  }
}
