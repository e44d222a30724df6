import type { CheckReport } from "../../../../app/check-policies.ts";
import type { Context } from "../../context.ts";
import { formatJson } from "../../formats/json.ts";
import { formatJunit } from "../../formats/junit.ts";
import { formatSarif } from "../../formats/sarif.ts";
import { version } from "../../version.ts";
import { checkRules, entriesOf } from "./entries.ts";
import { checkMarkdown } from "./markdown.ts";
import { checkOutputOf } from "./output.ts";
import { printCheck, summariseCheck } from "./print.ts";
import type { CheckOptions } from "./run.ts";

const rank = { note: 0, warning: 1, error: 2 } as const;

export function writeCheck(report: CheckReport, { output, failOn }: CheckOptions, { out, err, io }: Context): void {
  const entries = entriesOf(report);
  switch (output) {
    case "table":
      printCheck(report, entries, out);
      break;
    case "json":
      out.document(formatJson(checkOutputOf(report)));
      break;
    case "sarif":
      out.document(formatSarif({ version, rules: checkRules, entries, workingDirectory: io.workingDirectory }));
      break;
    case "junit": {
      const files = [...new Set(report.objects.map(({ at }) => at.file))];
      const rest = entries.filter(({ at }) => at === undefined || !files.includes(at.file));
      const suites = [
        ...files.map((name) => ({ name, entries: entries.filter(({ at }) => at?.file === name) })),
        ...(rest.length === 0 ? [] : [{ name: "everything else", entries: rest }]),
      ];
      out.document(formatJunit("postern check", suites, (severity) => rank[severity] >= rank[failOn]));
      break;
    }
    case "markdown":
      out.document(checkMarkdown(report));
      break;
    default:
      return output satisfies never;
  }
  summariseCheck(report, err);
}
