import type { SourceLocation } from "../../../core/policy/model.ts";

/** What is wrong with a law as it is written, or doubtful. With an error it is no law. */
export interface LawFinding {
  readonly code:
    | "law_shape"
    | "law_field_unknown"
    | "law_field_missing"
    | "law_value"
    | "law_duplicate"
    | "law_never_applies"
    | "law_expression"
    | "law_engine_missing"
    | "law_unreadable";
  readonly severity: "error" | "warning";
  readonly at: SourceLocation;
  /** One sentence, lower case, no full stop, input in backticks. */
  readonly message: string;
  /** What to do. */
  readonly fix: string;
}
