import type { Failure } from "../../app/failure.ts";
import type { CollectorAddress } from "../../app/serve.ts";
import { type SourcesReport, sourcesReport } from "../../app/sources-report.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { askCollector } from "./ask.ts";

/** What arrives at a collector, as it says. */
export async function readRemoteSources(
  address: CollectorAddress,
  windowMinutes: number,
): Promise<Result<SourcesReport, Failure>> {
  const text = await askCollector(address, "/v1/sources", new URLSearchParams({ window: String(windowMinutes) }));
  if (!text.ok) return text;
  try {
    const read = sourcesReport.safeParse(JSON.parse(text.value));
    if (read.success) return ok(read.data);
  } catch {
    // As for an answer of another form.
  }
  const message = `the answer of ${quoted(address.url)} cannot be read: it is no collector, or one of another version`;
  return fail({ code: "collector_answer_unreadable", message });
}
