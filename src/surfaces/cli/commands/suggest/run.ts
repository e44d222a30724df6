import { editSuggestions } from "../../../../app/edit-suggestions.ts";
import { isSafePathPart, type OutputFile, type WrittenFile } from "../../../../app/file-sink.ts";
import { type KnowledgeRequest, nothingRequested } from "../../../../app/knowledge-source.ts";
import {
  type ManifestPort,
  suggestPolicies,
  type SuggestRequest,
  type Suggestion,
  type SuggestResult,
} from "../../../../app/suggest-policies.ts";
import type { Cidr } from "../../../../core/net/ip-set.ts";
import { noClusterFacts } from "../../../../pipeline/flows/cluster-facts.ts";
import type { Harvest } from "../../../../pipeline/flows/harvest.ts";
import type { Posture } from "../../../../pipeline/suggest/choose/choice.ts";
import { fail, warn } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { gatherCluster } from "../../gather-cluster.ts";
import { type FlowsOrHistory, gatherHarvest } from "../../gather-history.ts";
import { gatherPolicies } from "../../gather-policies.ts";
import { gatherKnowledge } from "../../knowledge-options.ts";
import { dim, green, text } from "../../terminal/text.ts";
import { count, listed } from "../../words/count.ts";
import { kindOfWord, type KindWord } from "../../words/kind.ts";
import { suggestOutputOf } from "./output.ts";
import { printRefused, printSuggestions } from "./print.ts";
import { printRemarks } from "./remarks.ts";
import { reportMarkdown } from "./report.ts";

export interface SuggestOptions extends FlowsOrHistory {
  readonly kind: KindWord;
  readonly posture: Posture;
  readonly policies: readonly string[];
  readonly cluster: readonly string[];
  readonly never: readonly Cidr[];
  /** Default: nothing but the built-in catalogue. */
  readonly knowledge?: KnowledgeRequest;
  /** Write policies anew, even those that stand in files. */
  readonly rewrite?: boolean;
  readonly priority?: number | undefined;
  /** Default: none. */
  readonly companions?: boolean;
  readonly out: string | undefined;
  readonly output: "yaml" | "json" | "table";
}

export async function runSuggest(options: SuggestOptions, context: Context): Promise<ExitCode> {
  const gathered = await gatherSuggestions(options, context);
  if (typeof gathered === "number") return gathered;
  const { result } = gathered;
  if (options.out === undefined) print(gathered, options.output, context);
  else {
    const written = await writeSuggestions(options.out, gathered, context);
    if (typeof written === "number") return written;
    printWritten(written, context);
  }
  const showsAll =
    options.out === undefined &&
    (options.output === "json" || (options.output === "table" && context.out.view.isTerminal));
  if (!showsAll) printRemarks(result.suggestions, context);
  printRefused(result.refused, context);
  for (const namespace of result.withoutTraffic)
    warn(context, `no recorded flow leaves the cluster from \`${namespace}\``);
  summarise(result, context);
  return result.refused.length > 0 ? Exit.negative : Exit.ok;
}

export interface Gathered {
  readonly result: SuggestResult;
  readonly harvest: Harvest;
}

/** Everything up to the result; an exit code when there is none. */
export async function gatherSuggestions(
  options: SuggestOptions,
  context: Context,
  { isQuiet = false }: { readonly isQuiet?: boolean } = {},
): Promise<Gathered | ExitCode> {
  const { io, ports } = context;
  const cluster = await gatherCluster(options.cluster, context);
  if (!cluster.ok) return fail(context, cluster.error);
  const facts = cluster.value ?? noClusterFacts;
  const existing = options.policies.length === 0 ? undefined : await gatherPolicies(options.policies, {}, context);
  if (existing?.ok === false) return fail(context, existing.error);
  const knowledge = await gatherKnowledge(options.knowledge ?? nothingRequested, context);
  if (!knowledge.ok) return fail(context, knowledge.error);
  const harvest = await gatherHarvest(options, facts, context, { isQuiet });
  if (!harvest.ok) return fail(context, harvest.error);
  const manifests = await ports.manifests();
  if (io.interrupted.aborted) return Exit.interrupted;
  const request = {
    harvest: harvest.value,
    facts,
    kind: kindOfWord[options.kind],
    posture: options.posture,
    namespaces: options.namespaces,
    existing: existing?.value.policies ?? [],
    never: options.never,
    knowledge: knowledge.value,
    companions: options.companions ?? false,
    priority: options.priority,
  };
  const learned = await io.busy(() => suggestPolicies(request, manifests));
  const result = options.rewrite === true ? learned : await asEdits(learned, request, manifests, context);
  if (result.suggestions.length + result.refused.length === 0)
    return fail(context, [nothingLearned(options, harvest.value)]);
  return { result, harvest: harvest.value };
}

/** Where a policy stands in a file, the suggestion is the smallest change of its text. */
async function asEdits(
  result: SuggestResult,
  request: SuggestRequest,
  manifests: ManifestPort,
  { ports }: Context,
): Promise<SuggestResult> {
  const files = await ports.policyFiles();
  return { ...result, suggestions: await editSuggestions(result.suggestions, request, files, manifests) };
}

function nothingLearned(
  { namespaces, history }: SuggestOptions,
  { edges, leftOut }: Harvest,
): { readonly code: string; readonly message: string } {
  const from = namespaces.length === 0 ? "" : ` from ${listed(namespaces.map((namespace) => `\`${namespace}\``))}`;
  const check =
    history === undefined
      ? "check the files, their format and the cluster networks"
      : "`postern history coverage` says what was kept and `postern sources` what arrives; check `--since` and `--until` as well";
  const message = `no recorded flow leaves the cluster${from}, so there is nothing to learn; ${whereElse(edges, leftOut, check)}`;
  return { code: "suggest_no_traffic", message };
}

const named = 8;

/** Where a wrong name or a wrong file shows. */
function whereElse(edges: Harvest["edges"], leftOut: Harvest["leftOut"], check: string): string {
  const others = [...new Set(edges.map(({ namespace }) => namespace))].toSorted();
  if (others.length > 0) {
    const more = others.length > named ? [`${others.length - named} more`] : [];
    return `flows leave it from ${listed([...others.slice(0, named).map((namespace) => `\`${namespace}\``), ...more])}`;
  }
  if (leftOut.length === 0) return check;
  const most = leftOut.toSorted((a, b) => b.flows - a.flows).slice(0, 3);
  const reasons = most.map(
    ({ flows, reason, example }) => `${flows.toLocaleString("en-US")} as ${reason} (${example})`,
  );
  return `records were left out, ${listed(reasons)}; ${check}`;
}

function print({ result, harvest }: Gathered, output: SuggestOptions["output"], context: Context): void {
  switch (output) {
    case "yaml":
      context.out.document(result.suggestions.flatMap(manifestsOf).join("---\n"));
      return;
    case "json":
      context.out.document(formatJson(suggestOutputOf(result, harvest)));
      return;
    case "table":
      printSuggestions(result, context);
      return;
    default:
      output satisfies never;
  }
}

/** Writes one file per namespace and the report; an exit code when that fails. */
export async function writeSuggestions(
  folder: string,
  { result, harvest }: Gathered,
  context: Context,
): Promise<readonly WrittenFile[] | ExitCode> {
  const { ports, io } = context;
  const unsafe = result.suggestions.filter(({ namespace }) => !isSafePathPart(namespace));
  for (const { namespace } of unsafe)
    warn(context, `\`${namespace}\` is not written: its name is not safe as a folder name`);
  const safe = result.suggestions.filter((suggestion) => !unsafe.includes(suggestion));
  const files: OutputFile[] = [
    ...safe.map((suggestion) => ({ path: pathOf(suggestion), content: suggestion.manifest })),
    ...safe.flatMap(({ namespace, companions }) =>
      companions === undefined
        ? []
        : [
            {
              path: [namespace, "networkpolicies.yaml"],
              content: companions.companions.map(({ manifest }) => manifest).join("---\n"),
            },
          ],
    ),
    { path: ["report.md"], content: reportMarkdown(result, harvest) },
    { path: ["report.json"], content: formatJson(suggestOutputOf(result, harvest), "for programs") },
  ];
  const written = await ports.writeFiles(folder, files, io.interrupted);
  return written.ok ? written.value : fail(context, written.error);
}

function printWritten(files: readonly WrittenFile[], { out }: Context): void {
  for (const { path, state } of files) out.line(out.view.isTerminal ? text`${path}  ${dim(state)}` : text`${path}`);
}

/** The policy, and those that stand beside it. */
function manifestsOf({ manifest, companions }: Suggestion): readonly string[] {
  return [manifest, ...(companions?.companions.map((own) => own.manifest) ?? [])];
}

function pathOf({ namespace, kind }: Suggestion): readonly string[] {
  return [namespace, `${kind.toLowerCase()}.yaml`];
}

function summarise({ suggestions, refused }: SuggestResult, { err }: Context): void {
  const rules = suggestions.reduce((sum, { reasons }) => sum + reasons.length, 0);
  const told = `${count(suggestions.length, "policy", "policies")} with ${count(rules, "rule")}, each proven by replaying what it was learned from`;
  err.line(refused.length === 0 ? green(told) : told);
}
