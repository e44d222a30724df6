import { parseDocument } from "yaml";
import { z } from "zod";
import { parseSyslogPlace } from "../../../../app/audit/audit-port.ts";
import type { Failure } from "../../../../app/failure.ts";
import { logLevels } from "../../../../app/serve.ts";
import { quoted } from "../../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../../core/result.ts";
import { isDays } from "./days.ts";
import { parseListen } from "./listen.ts";

const days = z.string().refine(isDays, "write a number of days as `14d`");
const syslogAddress = z
  .string()
  .refine((text) => parseSyslogPlace(text, undefined) !== undefined, "write an address as `tls://log.example:6514`");
const listen = z.string().refine((text) => parseListen(text).ok, "write an address as `127.0.0.1:8723`");

/** The file of `postern serve --config`: every key is an option of the command line, which wins over the file. */
export const serveConfig = z
  .strictObject({
    data: z.string().describe("folder with state and history"),
    listen: listen.describe("address and port"),
    tlsCert: z.string().describe("PEM file with the server's certificate chain"),
    tlsKey: z.string().describe("PEM file with its private key"),
    clientCa: z.string().describe("PEM file with the authorities of client certificates"),
    insecureHttp: z.boolean().describe("plain HTTP on addresses that others can reach"),
    openMetrics: z.boolean().describe("figures without a token"),
    observe: z.string().describe("configuration of an observer to run in the same process"),
    app: z.boolean().describe("the application people review on; without it a collector alone"),
    sample: z.boolean().describe("the bundled sample cluster, playing on"),
    clusters: z.string().describe("YAML file with the clusters that are asked about themselves"),
    repositories: z.string().describe("YAML file with the repositories that proposals go to"),
    laws: z.string().describe("folder with the organisation's laws"),
    opa: z.url({ protocol: /^https?$/ }).describe("address of an OPA that is asked about clauses in Rego"),
    opaTokenFile: z.string().describe("file with the token for it"),
    opaCaFile: z.string().describe("PEM file with the authorities to trust for it"),
    opaProgram: z.string().describe("`opa` or `conftest`, or a path to one, instead of a server"),
    opaRules: z.string().describe("file or folder with rules in Rego for the program"),
    access: z.string().describe("YAML file with the ways to sign in, permissions and chat"),
    auditKey: z.string().describe("file with an Ed25519 key that signs the audit log"),
    auditSyslog: syslogAddress.describe("who is sent the audit log as it grows"),
    auditSyslogCa: z.string().describe("PEM file with the authorities to trust for it"),
    publicUrl: z.url({ protocol: /^https?$/ }).describe("address as browsers write it"),
    state: z.enum(["sqlite", "postgres"]),
    stateUrlFile: z.string().describe("file with the address of the PostgreSQL database"),
    clickhouse: z.string().describe("address of a ClickHouse server for the history"),
    clickhousePasswordFile: z.string().describe("file with its password"),
    clickhouseCa: z.string().describe("PEM file with the authorities to trust for it"),
    clickhouseCluster: z.string().describe("name of the cluster in its configuration"),
    memory: z.int().min(64).describe("MiB for the embedded history"),
    keepHourly: days.describe("how long hours are kept"),
    keepDaily: days.describe("how long days are kept"),
    logLevel: z.enum(logLevels),
  })
  .partial();

export type ServeConfig = z.output<typeof serveConfig>;

/** Reads the text of a configuration file; all problems at once. */
export function parseServeConfig(text: string, path: string): Result<ServeConfig, readonly Failure[]> {
  const refuse = (why: string): Failure => ({
    code: "serve_config",
    message: `${quoted(path)}: ${why}`,
  });
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  if (document.errors.length > 0) {
    return fail(document.errors.map(({ message }) => refuse(message.split("\n", 1)[0]!.replace(/:$/, ""))));
  }
  let value: unknown;
  try {
    // Aliases grow a small file into a large value; this one has nothing to share.
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    return fail([refuse("it uses YAML aliases; write the values out")]);
  }
  const read = serveConfig.safeParse(value ?? {});
  if (read.success) return ok(read.data);
  return fail(
    read.error.issues.map((issue) => {
      if (issue.code === "unrecognized_keys") return refuse(`there is no option ${issue.keys.map(quoted).join(", ")}`);
      const where = issue.path.length === 0 ? "the file" : quoted(issue.path.join("."));
      return refuse(`${where}: ${issue.message}`);
    }),
  );
}
