import type { LawFinding } from "../../../../pipeline/propose/law/law-finding.ts";
import type { ReportRule } from "../../formats/report-entry.ts";

const titles: Readonly<
  Record<LawFinding["code"], readonly [severity: "error" | "warning", title: string, effect: string, fix: string]>
> = {
  law_unreadable: [
    "error",
    "the text is no law",
    "nothing can be approved while it is in force",
    "write one document of the kind `EgressLaw`",
  ],
  law_shape: [
    "error",
    "a part of the law has another form",
    "nothing can be approved while it is in force",
    "write it in the form that is told",
  ],
  law_field_unknown: [
    "error",
    "a field is not known",
    "nobody would keep what it asks for",
    "write the name that is meant",
  ],
  law_field_missing: ["error", "something is missing", "the clause would ask for nothing", "write it"],
  law_value: [
    "error",
    "a value cannot be",
    "the clause would ask for something else than is meant",
    "write what is told",
  ],
  law_duplicate: [
    "error",
    "two clauses or laws have one name",
    "nobody could tell them apart",
    "give one of them another name",
  ],
  law_never_applies: ["warning", "a clause asks for nothing", "no change can break it", "fill it, or remove it"],
  law_expression: [
    "error",
    "an expression does not compile",
    "nothing can be approved while it is in force",
    "mend the expression",
  ],
  law_engine_missing: [
    "warning",
    "nobody answers for a clause in Rego",
    "the clause forbids every change it speaks of",
    "configure an OPA",
  ],
};

/** What the reading of a law can report, for formats with a catalogue. */
export const lawRules: readonly ReportRule[] = Object.entries(titles).map(([code, [severity, title, effect, fix]]) => ({
  code,
  severity,
  title,
  effect,
  fix,
}));
