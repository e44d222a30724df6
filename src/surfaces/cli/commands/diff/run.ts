import { diffPolicies, type DiffReport } from "../../../../app/diff-policies.ts";
import { type NamespaceDifference, type ScopeChange, type ScopeSide } from "../../../../core/policy/compare-sets.ts";
import { noClusterFacts } from "../../../../pipeline/flows/cluster-facts.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { formatJunit } from "../../formats/junit.ts";
import type { ReportEntry, ReportRule } from "../../formats/report-entry.ts";
import { formatSarif } from "../../formats/sarif.ts";
import { gatherCluster } from "../../gather-cluster.ts";
import { gatherPolicies } from "../../gather-policies.ts";
import { decidedByOutput, exposureOutput, policyOutput } from "../../schema/common-output.ts";
import { version } from "../../version.ts";
import { differenceWords } from "../../words/difference.ts";
import { past, ruleName } from "../../words/verdict.ts";
import { printDifferences } from "./print.ts";
import type { DiffOutput } from "./schema.ts";

export interface DiffOptions {
  readonly before: string;
  readonly after: string;
  readonly cluster: readonly string[];
  readonly dnsNameResolver: boolean;
  readonly output: "table" | "json" | "sarif" | "junit";
}

export async function runDiff(options: DiffOptions, context: Context): Promise<ExitCode> {
  const { dnsNameResolver } = options;
  const cluster = await gatherCluster(options.cluster, context);
  if (!cluster.ok) return fail(context, cluster.error);
  const before = await gatherPolicies([options.before], { dnsNameResolver }, context);
  if (!before.ok) return fail(context, before.error);
  const after = await gatherPolicies([options.after], { dnsNameResolver }, context);
  if (!after.ok) return fail(context, after.error);
  const facts = cluster.value ?? noClusterFacts;
  const report = await context.io.busy(() => diffPolicies({ before: before.value, after: after.value, facts }));
  write(report, options.output, context);
  return report.isEqual ? Exit.ok : Exit.negative;
}

function write(report: DiffReport, output: DiffOptions["output"], context: Context): void {
  const { out, io } = context;
  switch (output) {
    case "table":
      return printDifferences(report, context);
    case "json":
      return out.document(formatJson(diffOutputOf(report)));
    case "sarif": {
      const entries = report.namespaces.flatMap(entriesOf);
      return out.document(formatSarif({ version, rules: catalogue, entries, workingDirectory: io.workingDirectory }));
    }
    case "junit": {
      const suites = report.namespaces.map((own) => ({ name: own.namespace, entries: entriesOf(own) }));
      return out.document(formatJunit("postern diff", suites, () => true));
    }
    default:
      return output satisfies never;
  }
}

const catalogue: readonly ReportRule[] = [
  {
    code: "diff_newly_allowed",
    severity: "warning",
    title: "connections that were denied become allowed",
    effect: "pods reach destinations they could not reach before",
    fix: "check that the destination is meant, or narrow the rule",
  },
  {
    code: "diff_newly_denied",
    severity: "warning",
    title: "connections that were allowed become denied",
    effect: "pods lose destinations: clients see timeouts, because packets are dropped silently",
    fix: "check with `postern replay` whether anything uses them",
  },
  {
    code: "diff_not_compared",
    severity: "warning",
    title: "there is too much to compare",
    effect: "connections may become allowed or denied without being told here",
    fix: "compare smaller changes one after the other",
  },
];

function entriesOf({ namespace, objects, scopes, notCompared }: NamespaceDifference): readonly ReportEntry[] {
  const changed = objects.find(({ change }) => change !== "unchanged");
  const left = notCompared.map((what): ReportEntry => ({
    code: "diff_not_compared",
    severity: "warning",
    message: `not compared${namespace === "" ? "" : ` in \`${namespace}\``}: ${what}`,
    details: [],
    at: (changed?.after ?? changed?.before)?.at,
    related: [],
  }));
  const told = scopes.flatMap(({ pods, changes }) =>
    changes.map((change): ReportEntry => {
      const { difference, before, after } = change;
      const { destination, ports, exampleHost, examplePort } = differenceWords(difference);
      const isAllowed = difference.change === "newly allowed";
      const at = after.at ?? before.at;
      const related =
        before.at === undefined || before.at === at ? [] : [{ at: before.at, message: `before: ${before.text}` }];
      return {
        code: isAllowed ? "diff_newly_allowed" : "diff_newly_denied",
        severity: "warning",
        message: `${difference.change} for ${pods}${namespace === "" ? "" : ` of \`${namespace}\``}: \`${destination}\` on \`${ports}\``,
        details: [
          `for example \`${exampleHost}\` on \`${examplePort}\``,
          `before: ${sideText(change, "before")}`,
          `after: ${sideText(change, "after")}`,
        ],
        at,
        related,
      };
    }),
  );
  return [...told, ...left];
}

function sideText({ difference, before, after }: ScopeChange, when: "before" | "after"): string {
  const { rule, text } = when === "before" ? before : after;
  const isAllowed = (difference.change === "newly allowed") === (when === "after");
  const verdict = past(isAllowed ? "allow" : "deny");
  return rule === "otherwise" ? `${verdict}, ${text}` : `${verdict} by ${ruleName(rule)}, \`${text}\``;
}

function diffOutputOf({ isEqual, isComplete, namespaces, newlyAllowed, newlyDenied }: DiffReport): DiffOutput {
  return {
    schema: "postern/diff/v1",
    equal: isEqual,
    complete: isComplete,
    namespaces: namespaces.map(({ namespace, objects, scopes, notCompared }) => ({
      namespace,
      objects: objects.map(({ change, before, after }) => ({ policy: policyOutput((after ?? before)!), change })),
      scopes: scopes.map(({ half, pods, before, after, changes }) => ({
        half,
        pods,
        before: sideOutput(before),
        after: sideOutput(after),
        changes: changes.map(changeOutput),
      })),
      notCompared: [...notCompared],
    })),
    summary: { newlyAllowed, newlyDenied },
  };
}

type ScopeOutput = DiffOutput["namespaces"][number]["scopes"][number];

function sideOutput({ exposure, caution }: ScopeSide): ScopeOutput["before"] {
  return { exposure: exposureOutput(exposure), caution: caution ?? null };
}

function changeOutput({ difference, before, after }: ScopeChange): ScopeOutput["changes"][number] {
  const { destination, ports, exampleHost, examplePort } = differenceWords(difference, true);
  return {
    change: difference.change,
    destination,
    ports,
    example: { to: exampleHost, port: examplePort },
    before: decidedByOutput(before),
    after: decidedByOutput(after),
  };
}
