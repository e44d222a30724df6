import type { z } from "zod";
import type { LiveSourceKind } from "../../app/live/live-source-kind.ts";
import type { KubernetesSettings, ObserverSettings, SourceSettings } from "../../app/live/observer-settings.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { issueText, meantIssue } from "./issue-text.ts";
import { labelPattern, type ObserverConfig, observerConfig } from "./schema.ts";

/** Kinds of sources by their word, loaded when they are named. */
export type SourceKinds = Readonly<Record<string, () => Promise<LiveSourceKind>>>;

/** What a configuration does not say and the machine does. */
export interface ConfigSurroundings {
  readonly kinds: SourceKinds;
  readonly hostname: string;
  /** Where programs of this user keep what must survive. */
  readonly stateFolder: string;
}

export interface ConfigIssue {
  readonly path: readonly PropertyKey[];
  /** Follows the name of the option. */
  readonly text: string;
}

/** Checks everything before it gives up, and loads the kinds of source that are named. */
export async function parseConfig(
  raw: unknown,
  { kinds, hostname, stateFolder }: ConfigSurroundings,
): Promise<Result<ObserverSettings, readonly ConfigIssue[]>> {
  const config = observerConfig.safeParse(raw, { reportInput: true });
  const issues: ConfigIssue[] = config.success ? [] : issuesOf(config.error);
  const said = config.success ? config.data.sources : rawSources(raw);
  const sources: SourceSettings[] = [];
  for (const [i, source] of said.entries()) {
    const read = await parseSource(source, kinds);
    if (read.ok) sources.push(read.value);
    else issues.push(...read.error.map(({ path, text }) => ({ path: ["sources", i, ...path], text })));
  }
  for (const [i, { name }] of sources.entries()) {
    if (sources.findIndex((other) => other.name === name) < i) {
      issues.push({
        path: ["sources", i, "name"],
        text: `is ${quoted(name)} again; give each source a name of its own`,
      });
    }
  }
  if (!config.success || issues.length > 0) return fail(issues);
  const { data } = config;
  const observer = data.observer ?? labelOf(hostname);
  return ok({
    observer,
    cluster: data.cluster,
    everyMs: data.every,
    sources,
    networks: data.networks,
    kubernetes: kubernetesOf(data.kubernetes),
    ship: data.ship === undefined ? undefined : { tokenFile: undefined, tls: undefined, ...data.ship },
    buffer: { folder: data.buffer.folder ?? `${stateFolder}/postern/observer/${observer}`, maxBytes: data.buffer.size },
    anonymise: data.anonymise,
    metrics: data.metrics,
    graceMs: data.grace,
  });
}

function kubernetesOf(said: ObserverConfig["kubernetes"]): KubernetesSettings {
  if (said === false) return { from: "nothing" };
  if ("dump" in said) return { from: "dump", paths: said.dump };
  const { kubeconfig, context, allowInsecure, late: lateMs, patience: patienceMs } = said;
  return { from: "api", kubeconfig, context, allowInsecure, lateMs, patienceMs };
}

async function parseSource(
  source: unknown,
  kinds: SourceKinds,
): Promise<Result<SourceSettings, readonly ConfigIssue[]>> {
  if (typeof source !== "object" || source === null || !("kind" in source)) return fail([]);
  const { kind: word, name, ...rest } = source as Readonly<Record<string, unknown>>;
  if (typeof word !== "string") return fail([]);
  if (!Object.hasOwn(kinds, word)) {
    const known = Object.keys(kinds).map((own) => `\`${own}\``);
    const text = `is no kind of source: ${quoted(word)}; there are ${known.join(", ")}`;
    return fail([{ path: ["kind"], text }]);
  }
  const kind = await kinds[word]!();
  const options = (await kind.options()).safeParse(rest, { reportInput: true });
  if (!options.success) return fail(issuesOf(options.error));
  return ok({ name: typeof name === "string" ? name : word, kind, options: options.data });
}

/** The list as it was written, to find the mistakes of sources beside others. */
function rawSources(raw: unknown): readonly unknown[] {
  if (typeof raw !== "object" || raw === null || !("sources" in raw)) return [];
  return Array.isArray(raw.sources) ? raw.sources.slice(0, 64) : [];
}

function issuesOf(error: z.ZodError): ConfigIssue[] {
  return error.issues.map(meantIssue).map((issue) => ({ path: issue.path, text: issueText(issue) }));
}

/** A host's name as a label; a name that is none at all gives way to a word. */
function labelOf(hostname: string): string {
  const label = hostname
    .toLowerCase()
    .replaceAll(/[^-a-z0-9]/g, "-")
    .replaceAll(/^-+/g, "")
    .slice(0, 63)
    .replaceAll(/-+$/g, "");
  return labelPattern.test(label) ? label : "observer";
}
