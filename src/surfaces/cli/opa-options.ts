import { type Command, InvalidArgumentError, Option } from "commander";
import type { OpaRequest } from "../../app/law/opa-request.ts";
import { quoted } from "../../core/quoted.ts";
import { collect } from "./arguments.ts";

export interface ParsedOpa {
  readonly opa?: string;
  readonly opaTokenFile?: string;
  readonly opaCaFile?: string;
  readonly opaProgram?: string;
  readonly opaRules: readonly string[];
}

/** Where clauses in Rego are asked. */
export function addOpaOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--opa <url>", "an OPA that is asked about clauses in Rego")
        .argParser(parseUrl)
        .default(undefined, "none"),
    )
    .addOption(new Option("--opa-token-file <file>", "file with the token for it"))
    .addOption(
      new Option("--opa-ca-file <file>", "PEM file with the authorities to trust for it").default(
        undefined,
        "the system's",
      ),
    )
    .addOption(
      new Option("--opa-program <program>", "`opa` or `conftest`, or a path to one, instead of a server").conflicts(
        "opa",
      ),
    )
    .addOption(
      new Option("--opa-rules <path>", "rules in Rego for the program: a file or folder; can be repeated")
        .argParser(collect)
        .default([], "none"),
    );
}

function parseUrl(text: string): string {
  if (/^https?:\/\/[^/]/i.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError(`${quoted(text)} is no address of an OPA: write \`https://host:8181\``);
}

export function opaRequestOf({
  opa,
  opaTokenFile,
  opaCaFile,
  opaProgram,
  opaRules,
}: ParsedOpa): OpaRequest | undefined {
  if (opa !== undefined) return { kind: "server", url: opa, tokenFile: opaTokenFile, caFile: opaCaFile };
  return opaProgram === undefined ? undefined : { kind: "program", program: opaProgram, rules: opaRules };
}
