import { resolve } from "node:path";
import { parseSyslogPlace } from "../../../../app/audit/audit-port.ts";
import type { Failure } from "../../../../app/failure.ts";
import type { ReviewOptions, ServeOptions, StatePlace } from "../../../../app/serve.ts";
import { quoted } from "../../../../core/quoted.ts";
import { fail as failed, ok, type Result } from "../../../../core/result.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { defaultDataFolder } from "../../history-options.ts";
import { bold, text } from "../../terminal/text.ts";
import { commandLine } from "../../words/shell.ts";
import { parseClickHouse } from "./clickhouse.ts";
import { parseServeConfig, type ServeConfig } from "./config.ts";
import { daysOf } from "./days.ts";
import { isLoopback, parseListen } from "./listen.ts";

export interface ServeFlags extends ServeConfig {
  readonly config?: string;
}

/** How long the collector may take to put things in order when it is stopped. */
export const stopWithinMs = 25_000;

/** Runs until it is interrupted, which is success. */
export async function runServe(flags: ServeFlags, context: Context): Promise<ExitCode> {
  const { io, err, ports } = context;
  io.stopWithin(stopWithinMs);
  const config = await configOf(flags, context);
  if (!config.ok) return fail(context, config.error);
  const options = optionsOf({ ...config.value, ...flags }, context);
  if (!options.ok) {
    fail(context, [options.error]);
    return Exit.usage;
  }
  const running = await ports.serve(options.value);
  if (!running.ok) return fail(context, running.error);
  const { url, hasTokens, firstRunUrl } = running.value;
  if (options.value.logLevel !== "silent") {
    err.line(text`listening on ${bold(url)}, data in ${quoted(options.value.folder)}`, 2);
    if (firstRunUrl !== undefined) {
      err.line(text`sign in for the first time (once, within a day): ${bold(firstRunUrl)}`, 2);
    }
    if (!hasTokens && options.value.review?.sample === undefined) {
      const { folder, state } = options.value;
      const database = state.kind === "postgres" ? ["--state-url-file", state.urlFile] : ["--data", folder];
      const line = commandLine(io.programName, "token", "create", ...database, "--cluster", "NAME", "--scope", "ship");
      err.line(text`no token yet; make one for an observer with \`${line}\``, 2);
    }
  }
  if (!io.interrupted.aborted) {
    const { promise, resolve: stopped } = Promise.withResolvers<void>();
    io.interrupted.addEventListener("abort", () => stopped(), { once: true });
    await promise;
  }
  await running.value.stop();
  return Exit.ok;
}

async function configOf(
  { config }: ServeFlags,
  { ports, io }: Context,
): Promise<Result<ServeConfig, readonly Failure[]>> {
  if (config === undefined) return ok({});
  const path = resolve(io.workingDirectory, config);
  const lines = await ports.readLines(path);
  if (lines !== undefined) return parseServeConfig(lines.join("\n"), config);
  return failed([
    {
      code: "serve_config",
      message: `the configuration ${quoted(config)} cannot be read; name a file that this user may read`,
    },
  ]);
}

function optionsOf(given: ServeConfig, { io, err, ports }: Context): Result<ServeOptions, Failure> {
  const usage = (message: string): Result<never, Failure> => failed({ code: "serve_usage", message });
  const path = (own: string): string => resolve(io.workingDirectory, own);
  const { data, tlsCert, tlsKey, clientCa, stateUrlFile, observe } = given;
  const folder = path(data ?? defaultDataFolder(io));
  const listen = parseListen(given.listen ?? "127.0.0.1:8723");
  if (!listen.ok) return usage(listen.error);
  if ((tlsCert === undefined) !== (tlsKey === undefined)) return usage("`--tls-cert` and `--tls-key` belong together");
  if (clientCa !== undefined && tlsCert === undefined) return usage("`--client-ca` needs `--tls-cert` and `--tls-key`");
  if (tlsCert === undefined && !isLoopback(listen.value) && given.insecureHttp !== true) {
    return usage(
      "other machines can reach this address, and without TLS tokens can be read on the way: give `--tls-cert` and " +
        "`--tls-key`, listen on `127.0.0.1`, or say `--insecure-http`",
    );
  }
  const isPostgres = (given.state ?? (stateUrlFile === undefined ? "sqlite" : "postgres")) === "postgres";
  if (isPostgres && stateUrlFile === undefined) return usage("`--state postgres` needs `--state-url-file`");
  const state: StatePlace = isPostgres
    ? { kind: "postgres", urlFile: path(stateUrlFile!) }
    : { kind: "sqlite", folder };
  const hourlyDays = daysOf(given.keepHourly ?? "14d")!;
  const dailyDays = daysOf(given.keepDaily ?? "400d")!;
  if (dailyDays < hourlyDays) return usage("`--keep-daily` is shorter than `--keep-hourly`");
  const keep = { hourlyDays, dailyDays };
  const { clickhouse, clickhouseCluster, clickhousePasswordFile, clickhouseCa } = given;
  if (clickhouse === undefined && (clickhouseCluster ?? clickhousePasswordFile ?? clickhouseCa) !== undefined) {
    return usage("`--clickhouse-cluster`, `--clickhouse-password-file` and `--clickhouse-ca` need `--clickhouse`");
  }
  const remote = clickhouse === undefined ? undefined : parseClickHouse(clickhouse, clickhouseCluster);
  if (remote?.ok === false) return usage(remote.error);
  const maybe = (own: string | undefined): string | undefined => (own === undefined ? undefined : path(own));
  const files = { passwordFile: maybe(clickhousePasswordFile), caFile: maybe(clickhouseCa) };
  return ok({
    folder,
    listen: listen.value,
    tls:
      tlsCert === undefined
        ? undefined
        : {
            certFile: path(tlsCert),
            keyFile: path(tlsKey!),
            clientCaFile: clientCa === undefined ? undefined : path(clientCa),
          },
    state,
    store:
      remote === undefined
        ? { kind: "duckdb", folder, memoryMib: given.memory ?? 1024 }
        : { kind: "clickhouse", ...remote.value, ...files, keep },
    keep,
    openMetrics: given.openMetrics ?? false,
    review: given.app === false ? undefined : reviewOf(given, path, ports.sampleFolder),
    observe: observe === undefined ? undefined : path(observe),
    logLevel: given.logLevel ?? "info",
    log: (line) => err.document(line),
  });
}

function reviewOf(given: ServeConfig, path: (own: string) => string, sampleFolder: string): ReviewOptions {
  const maybe = (own: string | undefined): string | undefined => (own === undefined ? undefined : path(own));
  return {
    sample: given.sample === true ? sampleFolder : undefined,
    clustersFile: maybe(given.clusters),
    repositoriesFile: maybe(given.repositories),
    lawFolder: maybe(given.laws),
    ...opaOf(given, path),
    ...auditOf(given, path),
    accessFile: maybe(given.access),
    publicUrl: given.publicUrl === undefined ? undefined : new URL(given.publicUrl),
  };
}

function auditOf(
  { auditKey, auditSyslog, auditSyslogCa }: ServeConfig,
  path: (own: string) => string,
): Pick<ReviewOptions, "auditKeyFile" | "auditSyslog"> {
  const ca = auditSyslogCa === undefined ? undefined : path(auditSyslogCa);
  const place = auditSyslog === undefined ? undefined : parseSyslogPlace(auditSyslog, ca);
  return {
    ...(auditKey === undefined ? {} : { auditKeyFile: path(auditKey) }),
    ...(place === undefined ? {} : { auditSyslog: place }),
  };
}

function opaOf(given: ServeConfig, path: (own: string) => string): Pick<ReviewOptions, "opa"> {
  const { opa, opaTokenFile, opaCaFile, opaProgram, opaRules } = given;
  const maybe = (own: string | undefined): string | undefined => (own === undefined ? undefined : path(own));
  if (opa !== undefined) {
    return { opa: { kind: "server", url: opa, tokenFile: maybe(opaTokenFile), caFile: maybe(opaCaFile) } };
  }
  if (opaProgram === undefined) return {};
  // A name alone is looked for on the search path.
  const program = opaProgram.includes("/") ? path(opaProgram) : opaProgram;
  return { opa: { kind: "program", program, rules: opaRules === undefined ? [] : [path(opaRules)] } };
}
