import {
  type ChangeWords,
  checkPolicies,
  type CheckReport,
  type CheckSide,
  sideOf,
} from "../../../../app/check-policies.ts";
import type { Failure } from "../../../../app/failure.ts";
import type { LawToAsk } from "../../../../app/law/judge-cases.ts";
import type { LawPort } from "../../../../app/law/law-port.ts";
import type { OpaRequest } from "../../../../app/law/opa-request.ts";
import { type LawReaders, readLawText } from "../../../../app/law/read-law-text.ts";
import type { Manifest } from "../../../../core/policy/manifest.ts";
import type { Severity } from "../../../../core/policy/model.ts";
import { fail as failure, ok, type Result } from "../../../../core/result.ts";
import { noClusterFacts } from "../../../../pipeline/flows/cluster-facts.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { gatherCluster } from "../../gather-cluster.ts";
import { type FlowsOrHistory, gatherHarvest } from "../../gather-history.ts";
import { writeCheck } from "./write.ts";

export interface CheckOptions extends FlowsOrHistory {
  readonly paths: readonly string[];
  readonly laws: readonly string[];
  readonly base: string | undefined;
  readonly baseRev: string | undefined;
  readonly cluster: readonly string[];
  /** Scopes of the law look at it. */
  readonly clusterName: string;
  readonly dnsNameResolver: boolean;
  readonly opa: OpaRequest | undefined;
  readonly words: ChangeWords | undefined;
  readonly failOn: Severity;
  readonly output: "table" | "json" | "sarif" | "junit" | "markdown";
}

export async function runCheck(options: CheckOptions, context: Context): Promise<ExitCode> {
  const { io, ports } = context;
  const port = await ports.laws();
  const readers = port.readers(options.opa);
  const cluster = await gatherCluster(options.cluster, context);
  if (!cluster.ok) return fail(context, cluster.error);
  const facts = cluster.value ?? noClusterFacts;
  const laws = await lawsOf(options.laws, port, readers);
  if (!laws.ok) return fail(context, laws.error);
  const after = await sideOfPaths(options.paths, options, readers, context);
  if (!after.ok) return fail(context, after.error);
  const before = await baseOf(options, readers, context);
  if (before?.ok === false) return fail(context, before.error);
  const isRecorded = options.flows.length > 0 || options.history !== undefined;
  const harvest = isRecorded ? await gatherHarvest(options, facts, context) : undefined;
  if (harvest?.ok === false) return fail(context, harvest.error);
  if (io.interrupted.aborted) return Exit.interrupted;
  const report: CheckReport = await io.busy(() =>
    checkPolicies({
      after: after.value,
      before: before?.value,
      cluster: options.clusterName,
      facts,
      harvest: harvest?.value,
      laws: laws.value,
      rego: readers.rego,
      words: options.words,
      failOn: options.failOn,
      nowMs: io.nowMs(),
    }),
  );
  writeCheck(report, options, context);
  const { unreadable } = after.value.reading;
  if (unreadable.length > 0) return fail(context, unreadable);
  return report.passed ? Exit.ok : Exit.negative;
}

type Failures<T> = Result<T, readonly Failure[]>;

async function lawsOf(
  paths: readonly string[],
  port: LawPort,
  readers: LawReaders,
): Promise<Failures<readonly LawToAsk[]>> {
  if (paths.length === 0) return ok([]);
  const stored = await port.readLaws(paths, readers);
  if (!stored.ok) return stored;
  return ok(
    stored.value.map(({ name, text }) => {
      const ready = readLawText(name, text, readers).ready!;
      // A file has no number; its name says which it is.
      return { law: ready.law, version: name, ready };
    }),
  );
}

/** Reads the files twice: once as policies with everything that is wrong with them, once as objects for expressions. */
async function sideOfPaths(
  paths: readonly string[],
  { dnsNameResolver }: CheckOptions,
  readers: LawReaders,
  { ports }: Context,
): Promise<Failures<CheckSide>> {
  if (paths.includes("-")) {
    return failure([
      { code: "check_stdin", message: "a change cannot be read from standard input: name its files or folders" },
    ]);
  }
  const reading = await ports.readPolicies(paths, { dnsNameResolver });
  const files = await ports.policyFiles();
  const manifests: Manifest[] = [];
  for (const file of reading.files) {
    const text = await files.readText(file);
    if (!text.ok) return failure([text.error]);
    manifests.push(...readers.readManifests(file, text.value).manifests);
  }
  return ok({ reading, manifests });
}

async function baseOf(
  options: CheckOptions,
  readers: LawReaders,
  context: Context,
): Promise<Failures<CheckSide> | undefined> {
  const { base, baseRev, paths, dnsNameResolver } = options;
  if (base !== undefined) {
    const side = await sideOfPaths([base], options, readers, context);
    return side.ok && side.value.reading.unreadable.length > 0 ? failure(side.value.reading.unreadable) : side;
  }
  if (baseRev === undefined) return undefined;
  const files = await context.ports.readRevision(baseRev, paths, context.io.workingDirectory);
  if (!files.ok) return failure([files.error]);
  // A file that was no manifest before is none of ours: what it is now is judged.
  const manifests = files.value.flatMap(({ file, text }) => readers.readManifests(file, text).manifests);
  return ok(sideOf(manifests, dnsNameResolver));
}
