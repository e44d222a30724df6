import { lintPolicies, type LintReport } from "../../../../app/lint-policies.ts";
import { findingCatalogue } from "../../../../core/policy/findings/catalogue.ts";
import type { Finding, Severity } from "../../../../core/policy/model.ts";
import { noClusterFacts } from "../../../../pipeline/flows/cluster-facts.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { formatJunit } from "../../formats/junit.ts";
import type { ReportEntry } from "../../formats/report-entry.ts";
import { formatSarif } from "../../formats/sarif.ts";
import { gatherCluster } from "../../gather-cluster.ts";
import { type FlowOptions, gatherFlows } from "../../gather-flows.ts";
import { gatherReadablePolicies } from "../../gather-policies.ts";
import { locationOutput } from "../../schema/common-output.ts";
import { version } from "../../version.ts";
import { printFindings } from "./print.ts";
import type { LintOutput } from "./schema.ts";

export interface LintOptions extends FlowOptions {
  readonly paths: readonly string[];
  readonly flows: readonly string[];
  readonly cluster: readonly string[];
  readonly dnsNameResolver: boolean;
  readonly failOn: Severity;
  readonly output: "table" | "json" | "sarif" | "junit";
}

const rank: Readonly<Record<Severity, number>> = { note: 0, warning: 1, error: 2 };

export async function runLint(options: LintOptions, context: Context): Promise<ExitCode> {
  const { paths, dnsNameResolver, failOn } = options;
  const cluster = await gatherCluster(options.cluster, context);
  if (!cluster.ok) return fail(context, cluster.error);
  const facts = cluster.value ?? noClusterFacts;
  const reading = await gatherReadablePolicies(paths, { dnsNameResolver }, context);
  if (!reading.ok) return fail(context, reading.error);
  const harvest = options.flows.length === 0 ? undefined : await gatherFlows(options.flows, options, facts, context);
  if (harvest?.ok === false) return fail(context, harvest.error);
  const report = await context.io.busy(() => lintPolicies({ reading: reading.value, facts, harvest: harvest?.value }));
  const fails = (severity: Severity): boolean => rank[severity] >= rank[failOn];
  write(report, options.output, fails, context);
  const { unreadable } = reading.value;
  if (unreadable.length > 0) return fail(context, unreadable);
  return report.findings.some(({ severity }) => fails(severity)) ? Exit.negative : Exit.ok;
}

function write(
  report: LintReport,
  output: LintOptions["output"],
  fails: (severity: Severity) => boolean,
  context: Context,
): void {
  const { out, io } = context;
  switch (output) {
    case "table":
      return printFindings(report, context);
    case "json":
      return out.document(formatJson(lintOutputOf(report)));
    case "sarif": {
      const rules = Object.entries(findingCatalogue).map(([code, kind]) => ({ code, ...kind }));
      const entries = report.findings.map(entryOf);
      return out.document(formatSarif({ version, rules, entries, workingDirectory: io.workingDirectory }));
    }
    case "junit": {
      const suites = report.files.map((name) => ({
        name,
        entries: report.findings.filter(({ at }) => at.file === name).map(entryOf),
      }));
      return out.document(formatJunit("postern lint", suites, fails));
    }
    default:
      return output satisfies never;
  }
}

function lintOutputOf({ findings, counts, policies, fileCount }: LintReport): LintOutput {
  return {
    schema: "postern/lint/v1",
    findings: findings.map(({ code, severity, at, message, effect, fix }) => ({
      code,
      severity,
      at: locationOutput(at),
      message,
      effect,
      fix,
    })),
    summary: {
      files: fileCount,
      policies,
      errors: counts.error,
      warnings: counts.warning,
      notes: counts.note,
    },
  };
}

function entryOf({ code, severity, message, effect, fix, at }: Finding): ReportEntry {
  return { code, severity, message, details: [effect, `to mend it, ${fix}`], at, related: [] };
}
