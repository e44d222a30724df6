import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { JobHandlers } from "../jobs/job-handler.ts";
import type { Decisions } from "../state/books.ts";
import { mostDatagramBytes, syslogMessage } from "./audit-forms.ts";
import type { SyslogPlace, SyslogSender } from "./audit-port.ts";

export interface ForwardParts {
  readonly decisions: Decisions;
  readonly place: SyslogPlace;
  readonly open: (place: SyslogPlace) => Promise<Result<SyslogSender, Failure>>;
  /** As the receiver shall see this machine. */
  readonly host: string;
  readonly nowMs: () => number;
  readonly onTrouble: (failure: Failure) => void;
}

/** The audit log to a receiver of syslog, as things happen. */
export interface Forwarding {
  readonly jobs: JobHandlers;
  /** Begins with the whole log, or goes on where it was. */
  begin(): Promise<void>;
  close(): Promise<void>;
}

const forwardKind = "forward-audit";
const atATime = 200;
const everyMs = 2_000;
const firstPauseMs = 5_000;
const longestPauseMs = 300_000;
/** Receivers say nothing about what they have read: after a break these many are sent once more. */
const again = 100;

interface Place {
  readonly from: number;
  readonly failures: number;
}

/**
 * One job that keeps its place as the next job, so that of several replicas one sends. At least once: what was sent and not kept, and what a
 * broken connection may have lost, comes again with the same number.
 */
export function forwardAudit(parts: ForwardParts): Forwarding {
  const { decisions, place, open, host, nowMs, onTrouble } = parts;
  const key = `${place.protocol}://${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`;
  const mostBytes = place.protocol === "udp" ? mostDatagramBytes : Infinity;
  let sender: SyslogSender | undefined;

  async function drop(): Promise<void> {
    const old = sender;
    sender = undefined;
    await old?.close().catch(() => undefined);
  }

  async function sendFrom({ from, failures }: Place): Promise<readonly [Place, pauseMs: number]> {
    const isAnew = sender === undefined;
    const start = isAnew && place.protocol !== "udp" ? Math.max(0, from - again) : from;
    const records = await decisions.audit.readKept(start, atATime);
    const last = records.at(-1);
    // Nothing new: a connection that is not needed is not made.
    if (last === undefined || last.sequence < from) return [{ from, failures }, everyMs];
    if (sender === undefined) {
      const opened = await open(place);
      if (!opened.ok) return failed({ from, failures }, opened.error);
      sender = opened.value;
    }
    try {
      await sender.send(records.map((record) => syslogMessage(record, host, mostBytes)));
    } catch (error) {
      await drop();
      const message = `the receiver of syslog at ${key} is gone: ${error instanceof Error ? error.message : String(error)}`;
      return failed({ from, failures }, { code: "audit_syslog_unreachable", message });
    }
    return [{ from: last.sequence + 1, failures: 0 }, records.length === atATime ? 0 : everyMs];
  }

  function failed({ from, failures }: Place, failure: Failure): readonly [Place, pauseMs: number] {
    onTrouble(failure);
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 20));
    return [{ from, failures: failures + 1 }, pauseMs];
  }

  return {
    jobs: {
      [forwardKind]: async (job) => {
        // Another receiver's place, from an earlier configuration, is forgotten.
        if (job.key !== key) return { end: "done" };
        const { from = 0, failures = 0 } = job.payload as Partial<Place>;
        const [next, pauseMs] = await sendFrom({ from, failures });
        await decisions.jobs.put({ kind: forwardKind, key, payload: next, runAtMs: nowMs() + pauseMs });
        return { end: "done" };
      },
    },
    begin: async () => {
      const waiting = await decisions.jobs.waiting(forwardKind);
      if (waiting.some((job) => job.key === key)) return;
      await decisions.jobs.put({ kind: forwardKind, key, payload: { from: 0, failures: 0 }, runAtMs: nowMs() });
    },
    close: drop,
  };
}
