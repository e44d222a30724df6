import { type Command, InvalidArgumentError, Option } from "commander";
import { parseSyslogPlace } from "../../../../app/audit/audit-port.ts";
import { logLevels } from "../../../../app/serve.ts";
import type { Context } from "../../context.ts";
import { dataOption } from "../../history-options.ts";
import type { Finish } from "../../options.ts";
import { isDays } from "./days.ts";
import { parseListen } from "./listen.ts";
import type { ServeFlags } from "./run.ts";

/** Declares the command; what it needs is loaded when it runs. */
export function addServe(program: Command, context: Context, finish: Finish): void {
  program
    .command("serve")
    .summary("collect flows, and serve the application that people review on")
    .description(
      "Starts the server: observers (`postern observe`) send it what they have counted, it stores every batch once, and " +
        "answers questions about the history and its sources over HTTP. At the same address people find the application: what " +
        "namespaces need, proposals and their evidence, approval, and what became of it. It runs until it is stopped.\n\n" +
        "Clients prove who they are with tokens (`postern token create`) or with client certificates. The log goes to " +
        "standard error, one JSON document a line.",
    )
    .addOption(dataOption("folder with state and history; made when it is not there"))
    .addOption(
      new Option("--listen <address>", "address and port").argParser(checkListen).default(undefined, "127.0.0.1:8723"),
    )
    .option("--config <file>", "YAML file with these options, as `listen: 127.0.0.1:8723`; the command line wins")
    .option("--tls-cert <file>", "PEM file with the certificate chain; turns on HTTPS with HTTP/2")
    .option("--tls-key <file>", "PEM file with its private key")
    .option("--client-ca <file>", "PEM file with the authorities whose client certificates are accepted")
    .option(
      "--insecure-http",
      "allow plain HTTP on addresses that other machines can reach: tokens can be read on the way",
    )
    .option("--open-metrics", "let anybody read `/metrics`, names of clusters and observers included")
    .option("--no-app", "a collector alone, without the application that people review on")
    .option(
      "--sample",
      "look around: the bundled sample cluster, its traffic playing on, and a Git repository of its own",
    )
    .option("--clusters <file>", "YAML file with the clusters that are asked about their policies and workloads")
    .option("--repositories <file>", "YAML file with the Git repositories in which proposals become pull requests")
    .option(
      "--laws <folder>",
      "folder with the organisation's laws, which then are changed there and not in the application",
    )
    .option("--opa <url>", "an OPA that is asked about clauses of the law in Rego")
    .option("--opa-token-file <file>", "file with the token for it")
    .option("--opa-ca-file <file>", "PEM file with the authorities to trust for it")
    .addOption(
      new Option("--opa-program <program>", "`opa` or `conftest`, or a path to one, instead of a server").conflicts(
        "opa",
      ),
    )
    .option("--opa-rules <path>", "file or folder with rules in Rego for the program")
    .option("--access <file>", "YAML file with the ways to sign in, who may do what, and chat")
    .option(
      "--audit-key <file>",
      "an Ed25519 key of your own that signs the audit log, instead of the one in the data folder",
    )
    .addOption(
      new Option(
        "--audit-syslog <address>",
        "send the audit log there as it grows: `tls://host:6514`, `tcp://…` or `udp://…`",
      ).argParser(syslogAddress),
    )
    .option("--audit-syslog-ca <file>", "PEM file with the authorities to trust for `tls://` instead of the system's")
    .option("--public-url <url>", "the application's address as browsers write it, behind a proxy or a Route")
    .option("--observe <file>", "run an observer in the same process: the configuration that `postern observe` takes")
    .addOption(
      new Option("--state <kind>", "database of tokens, observers and sources").choices(["sqlite", "postgres"]),
    )
    .option(
      "--state-url-file <file>",
      "file with the address of the PostgreSQL database, as `postgres://user:password@host/name`",
    )
    .option(
      "--clickhouse <url>",
      "keep the history on a ClickHouse server instead of the folder: `https://user@host:8443/database`; of several hosts, with commas between them, one that is there is asked",
    )
    .option("--clickhouse-password-file <file>", "file with its password")
    .option("--clickhouse-ca <file>", "PEM file with the authorities to trust for it instead of the system's")
    .option("--clickhouse-cluster <name>", "spread its tables over this cluster of its configuration")
    .addOption(
      new Option("--memory <MiB>", "memory for the embedded history; beyond it the disk is used")
        .argParser(memory)
        .default(undefined, "1024"),
    )
    .addOption(
      new Option("--keep-hourly <days>", "roll hours up to days after this long")
        .argParser(checkDays)
        .default(undefined, "14d"),
    )
    .addOption(
      new Option("--keep-daily <days>", "drop days after this long").argParser(checkDays).default(undefined, "400d"),
    )
    .addOption(
      new Option("--log-level <level>", "least grave events to log").choices(logLevels).default(undefined, "info"),
    )
    .action(async (flags: ServeFlags) => {
      const { runServe } = await import("./run.ts");
      finish(await runServe(flags, context), "even when interrupted");
    });
}

function checkListen(value: string): string {
  const listen = parseListen(value);
  if (!listen.ok) throw new InvalidArgumentError(listen.error);
  return value;
}

function checkDays(value: string): string {
  if (isDays(value)) return value;
  throw new InvalidArgumentError("write a number of days as `14d`");
}

function memory(value: string): number {
  if (/^[0-9]{2,7}$/.test(value) && Number(value) >= 64) return Number(value);
  throw new InvalidArgumentError("write a number of MiB, at least 64");
}

function syslogAddress(value: string): string {
  if (parseSyslogPlace(value, undefined) !== undefined) return value;
  throw new InvalidArgumentError("write an address as `tls://log.example:6514`");
}
