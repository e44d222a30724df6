import { parse } from "yaml";
import type { Failure } from "../../app/failure.ts";
import type { ObserverFlags } from "../../app/live/observer-port.ts";
import type { ObserverSettings } from "../../app/live/observer-settings.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { pathText } from "./issue-text.ts";
import { type ConfigIssue, type ConfigSurroundings, parseConfig } from "./parse-config.ts";

type Tree = { [key: string]: unknown };

/** The same settings that a file with these options would give. */
export async function settingsFromFlags(
  flags: ObserverFlags,
  surroundings: ConfigSurroundings,
): Promise<Result<ObserverSettings, readonly Failure[]>> {
  const source: Tree = { kind: flags.source };
  for (const text of flags.set) {
    const failure = setOption(source, text);
    if (failure !== undefined) return fail([failure]);
  }
  const kubernetes = flags.withoutKubernetes ? false : flags.clusterDump.length > 0 ? { dump: flags.clusterDump } : {};
  const raw = withoutUndefined({
    observer: flags.name,
    cluster: flags.cluster,
    every: flags.every,
    sources: [source],
    kubernetes,
    ship:
      flags.to === undefined
        ? undefined
        : withoutUndefined({
            url: flags.to,
            tokenFile: flags.tokenFile,
            tls: flags.caFile === undefined ? undefined : { caFile: flags.caFile },
          }),
    buffer: withoutUndefined({ folder: flags.bufferFolder, size: flags.buffer }),
    metrics: flags.metrics,
    anonymise: flags.anonymiseKeyFile === undefined ? undefined : { keyFile: flags.anonymiseKeyFile },
  });
  const settings = await parseConfig(raw, surroundings);
  if (settings.ok) return ok(settings.value);
  return fail(settings.error.map((issue) => ({ code: "observe_config_invalid", message: sentenceOf(issue) })));
}

function setOption(source: Tree, text: string): Failure | undefined {
  const equals = text.indexOf("=");
  const path = text.slice(0, equals).split(".");
  if (equals < 1 || !path.every((part) => /^[a-zA-Z][a-zA-Z0-9]*$/.test(part))) {
    return { code: "observe_config_invalid", message: `\`--set\`: ${quoted(text)} is not \`option=value\`` };
  }
  let at = source;
  for (const part of path.slice(0, -1)) {
    const inner = at[part];
    if (typeof inner === "object" && inner !== null) at = inner as Tree;
    else at = at[part] = {} as Tree;
  }
  at[path.at(-1)!] = valueOf(text.slice(equals + 1));
  return undefined;
}

/** YAML, so that numbers, lists and `true` are what they look like; what is no YAML is a text, and so is standard input. */
function valueOf(text: string): unknown {
  if (text === "-") return text;
  try {
    return parse(text);
  } catch {
    return text;
  }
}

function withoutUndefined(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== undefined));
}

const flagOf: Readonly<Record<string, string>> = {
  observer: "--name",
  cluster: "--cluster-name",
  every: "--every",
  "ship.url": "--to",
  "ship.tokenFile": "--token-file",
  "buffer.folder": "--buffer-folder",
  "buffer.size": "--buffer",
  metrics: "--metrics",
  "sources[0].kind": "--source",
};

function sentenceOf({ path, text }: ConfigIssue): string {
  const name = pathText(path);
  const [head, index, ...option] = path;
  const isSet = head === "sources" && index === 0;
  const flag = flagOf[name] ?? (isSet ? (option.length === 0 ? "--set" : `--set ${pathText(option)}`) : name);
  return `\`${flag}\`${text.startsWith("`") ? ":" : ""} ${text}`;
}
