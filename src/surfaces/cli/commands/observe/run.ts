import type { Failure } from "../../../../app/failure.ts";
import type { ObserverSettings } from "../../../../app/live/observer-settings.ts";
import type { ObserverLog } from "../../../../app/live/observer-status.ts";
import type { ObserverEnd } from "../../../../app/live/observer.ts";
import { fail as failed, type Result } from "../../../../core/result.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { StatusLine } from "./status-line.ts";

/** As commander parses them. */
export interface ObserveOptions {
  readonly config?: string;
  readonly source?: string;
  readonly set: readonly string[];
  readonly clusterName?: string;
  readonly name?: string;
  readonly to?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly every?: string;
  readonly buffer?: string;
  readonly bufferFolder?: string;
  readonly anonymise?: string;
  readonly metrics?: string;
  readonly cluster: readonly string[];
  readonly kubernetes: boolean;
  readonly once: boolean;
}

/** Beyond the observer's own grace, to close what is open. */
const closeMs = 5000;

const exits: Readonly<Record<ObserverEnd, ExitCode>> = { stopped: Exit.ok, ended: Exit.ok, failed: Exit.failed };

/** Runs until it is interrupted, which is success, or until no source is left. */
export async function runObserve(options: ObserveOptions, context: Context): Promise<ExitCode> {
  const { io, ports, err } = context;
  const settings = await settingsOf(options, context);
  if (!settings.ok) return refuse(context, settings.error);
  io.stopWithin(settings.value.graceMs + closeMs);
  const port = await ports.observer();
  const line = err.view.isTerminal ? new StatusLine(context) : undefined;
  const log: ObserverLog = line ?? port.makeLog((text) => err.document(text));
  const opened = await port.open(settings.value, { isOnce: options.once, log });
  if (!opened.ok) return refuse(context, opened.error);
  const { metricsUrl, tornBytes, status, run } = opened.value;
  const { observer, cluster, sources } = settings.value;
  log.say("info", "observing", { observer, cluster, sources: sources.map(({ name }) => name), metrics: metricsUrl });
  if (tornBytes > 0) log.say("warn", "the end of the buffer was cut off by a crash", { bytes: tornBytes });
  line?.start(status);
  const end = await run(io.interrupted);
  line?.stop();
  const { batches, outbox } = status();
  log.say("info", "ended", { end, sealed: batches.sealed, stored: batches.stored, waiting: outbox.batches });
  return exits[end];
}

function refuse(context: Context, failures: readonly Failure[]): ExitCode {
  const code = fail(context, failures);
  return failures.some((failure) => failure.code === "observe_usage") ? Exit.usage : code;
}

async function settingsOf(
  options: ObserveOptions,
  { ports }: Context,
): Promise<Result<ObserverSettings, readonly Failure[]>> {
  const { config, source, set, clusterName, name, cluster, kubernetes } = options;
  const usage = (message: string): Result<never, readonly Failure[]> => failed([{ code: "observe_usage", message }]);
  if (config !== undefined && source !== undefined)
    return usage("`--config` names the sources already: leave out `--source`");
  const port = await ports.observer();
  if (config !== undefined) {
    // Said and not done would be worst of `--anonymise`.
    const given = Object.entries({
      "--set": set.length > 0,
      "--cluster-name": clusterName !== undefined,
      "--name": name !== undefined,
      "--to": options.to !== undefined,
      "--token-file": options.tokenFile !== undefined,
      "--ca-file": options.caFile !== undefined,
      "--every": options.every !== undefined,
      "--buffer": options.buffer !== undefined,
      "--buffer-folder": options.bufferFolder !== undefined,
      "--anonymise": options.anonymise !== undefined,
      "--metrics": options.metrics !== undefined,
      "--cluster": cluster.length > 0,
      "--no-kubernetes": !kubernetes,
    });
    const [twice] = given.find(([, isGiven]) => isGiven) ?? [];
    if (twice !== undefined)
      return usage(`\`${twice}\` belongs to \`--source\`; write it into the configuration instead`);
    return port.readFile(config);
  }
  if (source === undefined) return usage("name a configuration with `--config`, or one source with `--source`");
  if (clusterName === undefined)
    return usage("name the cluster with `--cluster-name`, as the collector's token knows it");
  return port.fromFlags({
    source,
    set,
    cluster: clusterName,
    name,
    to: options.to,
    tokenFile: options.tokenFile,
    caFile: options.caFile,
    every: options.every,
    bufferFolder: options.bufferFolder,
    buffer: options.buffer,
    metrics: options.metrics,
    anonymiseKeyFile: options.anonymise,
    clusterDump: cluster,
    withoutKubernetes: !kubernetes,
  });
}
