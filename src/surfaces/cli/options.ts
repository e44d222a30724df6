import { type Command, InvalidArgumentError, Option } from "commander";
import { flowFormats } from "../../pipeline/sources/flow-format.ts";
import { collect, collectCidrs } from "./arguments.ts";
import type { ExitCode } from "./exit.ts";

/**
 * Told the exit code of the command that ran. An interruption has a code of its own, unless being interrupted is how the
 * command ends.
 */
export type Finish = (code: ExitCode, holds?: "even when interrupted") => void;

/** Options that several commands share, and how their values come out of the parser. */
export function clusterOption(): Option {
  return new Option(
    "--cluster <path>",
    "what the cluster says about itself: `oc get nodes,pods,services,… -A -o yaml` files or folders of them; can be repeated",
  )
    .argParser(collect)
    .default([], "none");
}

export function featureOption(): Option {
  const what = "a feature gate that is enabled on the cluster: `dns-name-resolver` for wildcard names; can be repeated";
  return new Option("--feature <name>", what).argParser(collectFeature).default([], "none");
}

function collectFeature(value: string, earlier: readonly string[] | undefined): readonly string[] {
  if (value !== "dns-name-resolver")
    throw new InvalidArgumentError("the only feature that matters is `dns-name-resolver`");
  return [...(earlier ?? []), value];
}

export function addFlowOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--format <format>", "what the flow files hold").choices(flowFormats).default(undefined, "detected"),
    )
    .addOption(
      new Option(
        "--cluster-network <cidr>",
        "a pod network of the cluster: traffic to it is not egress; can be repeated",
      )
        .argParser(collectCidrs)
        .default([], "from the dump, else inferred"),
    )
    .addOption(
      new Option("--service-network <cidr>", "a service network of the cluster; can be repeated")
        .argParser(collectCidrs)
        .default([], "from the dump, else inferred"),
    );
}

export function outputOption(choices: readonly string[], preset: string): Option {
  return new Option("-o, --output <format>", "form of the result").choices(choices).default(preset);
}

export const policiesText = "policies: YAML or JSON files, or folders of them; can be repeated";
export const flowsText =
  "recorded flows: files, folders, patterns, or `-` for standard input; gzip and zstd are unpacked";

export interface ParsedFlowOptions {
  readonly format: (typeof flowFormats)[number] | undefined;
  readonly clusterNetwork: Parameters<typeof collectCidrs>[1] & {};
  readonly serviceNetwork: Parameters<typeof collectCidrs>[1] & {};
}

export function flowOptionsOf({ format, clusterNetwork, serviceNetwork }: ParsedFlowOptions): {
  readonly format: ParsedFlowOptions["format"];
  readonly clusterNetworks: ParsedFlowOptions["clusterNetwork"];
  readonly serviceNetworks: ParsedFlowOptions["serviceNetwork"];
} {
  return { format, clusterNetworks: clusterNetwork, serviceNetworks: serviceNetwork };
}

export interface ParsedClusterOptions {
  readonly cluster: readonly string[];
  readonly feature: readonly string[];
}

export function hasResolver({ feature }: Pick<ParsedClusterOptions, "feature">): boolean {
  return feature.includes("dns-name-resolver");
}
