import { firstLine } from "../../app/history/first-line.ts";
import { HistoryUnavailable } from "../../app/history/history-unavailable.ts";

/** Trouble that a person can mend becomes a failure; the rest is a defect and stays as it is. */
export function unavailable(error: unknown, folder: string): HistoryUnavailable {
  if (error instanceof HistoryUnavailable) return error;
  const text = error instanceof Error ? error.message : String(error);
  const { code } = error as NodeJS.ErrnoException;
  const isRefused = code === "EACCES" || code === "EPERM" || /permission denied|read-only file system/i.test(text);
  if (isRefused) {
    const message = `no permission for the history in \`${folder}\`: ${firstLine(text)}`;
    return new HistoryUnavailable({ code: "history_no_permission", message }, error);
  }
  if (code === "ENOSPC" || code === "EDQUOT" || /no space left|disk full|quota exceeded/i.test(text)) {
    const message = `there is no room on the disk for the history in \`${folder}\`; make room, or keep less`;
    return new HistoryUnavailable({ code: "history_no_space", message }, error);
  }
  const message = `the history in \`${folder}\` could not be used: ${firstLine(text)}`;
  return new HistoryUnavailable({ code: "history_failed", message }, error);
}

/** Whether DuckDB has given the open file up: nothing can be asked of it until it is opened again. */
export function isBeyondUse(error: unknown): boolean {
  return error instanceof Error && /^FATAL|database has been invalidated/i.test(error.message);
}

/** Whether a checkpoint could not be made because somebody else is at work. */
export function isBusy({ message }: Error): boolean {
  return /Cannot CHECKPOINT: there are other/i.test(message);
}
