import { type Command, Option } from "commander";
import type { Failure } from "../../app/failure.ts";
import { builtInKnowledge, type KnowledgeRequest } from "../../app/knowledge-source.ts";
import { ok, type Result } from "../../core/result.ts";
import type { Knowledge } from "../../pipeline/baseline/knowledge/knowledge.ts";
import { collect } from "./arguments.ts";
import { warn } from "./complain.ts";
import type { Context } from "./context.ts";
import { Progress } from "./terminal/progress.ts";

export interface ParsedKnowledge {
  readonly ranges: readonly string[];
  readonly threatFeed: readonly string[];
  readonly onPremises: readonly string[];
  readonly services: readonly string[];
  readonly asn: readonly string[];
}

/** What commands that judge destinations may be told about them. */
export function addKnowledgeOptions(command: Command): Command {
  const list = (flags: string, what: string, preset = "none"): Option =>
    new Option(flags, `${what}; can be repeated`).argParser(collect).default([], preset);
  return command
    .addOption(
      list(
        "--ranges <list>",
        "address ranges that a provider publishes (AWS, Google, Azure, GitHub, Cloudflare, Fastly, Oracle, or plain CIDR " +
          "blocks): a file or https URL",
      ),
    )
    .addOption(
      list(
        "--threat-feed <list>",
        "malicious addresses and names, which are never learned (plain lists, abuse.ch CSV, Spamhaus DROP): a file or https URL",
      ),
    )
    .addOption(
      list("--on-premises <ranges>", "ranges of your own: `name=cidr,cidr`, or a YAML file with `title` and `cidrs`"),
    )
    .addOption(
      list(
        "--services <catalogue>",
        "services of your own, or better descriptions of known ones: a YAML file",
        "built in",
      ),
    )
    .addOption(
      list(
        "--asn <database>",
        "who announces an address, and in which country: MaxMind `.mmdb`, or CSV of ip-location-db",
      ),
    );
}

export function knowledgeRequestOf({
  ranges,
  threatFeed,
  onPremises,
  services,
  asn,
}: ParsedKnowledge): KnowledgeRequest {
  return { ranges, threatFeeds: threatFeed, onPremises, services, owners: asn };
}

/** Reads what was asked for under a progress line, and tells which lists are old; the built-in catalogue when nothing was. */
export async function gatherKnowledge(
  request: KnowledgeRequest,
  context: Context,
): Promise<Result<Knowledge, readonly Failure[]>> {
  if (Object.values(request).every((sources: readonly string[]) => sources.length === 0)) return ok(builtInKnowledge);
  const { io, ports } = context;
  const progress = new Progress("reading lists", context);
  const reading = await ports.readKnowledge(request, {
    nowMs: io.nowMs(),
    signal: io.interrupted,
    onProgress: (bytesRead) => progress.show(bytesRead, undefined),
  });
  progress.clear();
  if (!reading.ok) return reading;
  for (const message of reading.value.warnings) warn(context, message);
  return ok(reading.value.knowledge);
}
