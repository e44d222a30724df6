import type { Severity, SourceLocation } from "../../../core/policy/model.ts";

/** A kind of thing that is reported, for formats that carry a catalogue. */
export interface ReportRule {
  readonly code: string;
  readonly severity: Severity;
  readonly title: string;
  readonly effect: string;
  readonly fix: string;
}

/** One thing reported, whatever the format it goes to. */
export interface ReportEntry {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** More about it, as lines. */
  readonly details: readonly string[];
  readonly at: SourceLocation | undefined;
  /** Other places that matter, with what they are. */
  readonly related: readonly { readonly at: SourceLocation; readonly message: string }[];
}
