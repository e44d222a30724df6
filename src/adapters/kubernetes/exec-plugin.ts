import { spawn } from "node:child_process";
import { z } from "zod";
import { quoted } from "../../core/quoted.ts";
import { AccessError } from "./access-error.ts";
import { besideFile } from "./access-files.ts";
import type { ClusterAccess, Credentials } from "./cluster-access.ts";

export const execPlugin = z.object({
  apiVersion: z.enum(["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  installHint: z.string().optional(),
  provideClusterInfo: z.boolean().optional(),
  interactiveMode: z.enum(["Never", "IfAvailable", "Always"]).optional(),
});

const answer = z.object({
  kind: z.literal("ExecCredential"),
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
});

const timeoutMs = 30_000;
const largestAnswer = 1 << 20;
/** Renewed this long before they expire. */
const marginMs = 60_000;

/**
 * Asks a credential plug-in (`aws eks get-token`, `kubelogin`, …), and again when its answer expires or is refused. It
 * is started without a shell, and its output is a secret.
 */
export function execCredentials(
  plugin: z.infer<typeof execPlugin>,
  folder: string,
  cluster: Pick<ClusterAccess, "server" | "ca">,
  variables: Readonly<Record<string, string | undefined>>,
): ClusterAccess["credentials"] {
  if (plugin.interactiveMode === "Always")
    throw new AccessError(
      `the credential plug-in ${quoted(plugin.command)} wants to ask a person; use one that does not`,
    );
  let held: { readonly credentials: Credentials; readonly untilMs: number } | undefined;
  let asking: Promise<Credentials> | undefined;
  const ask = async (): Promise<Credentials> => {
    const { status } = readAnswer(plugin, await run(plugin, folder, cluster, variables));
    const expires = Date.parse(status.expirationTimestamp ?? "");
    const { token, clientCertificateData: cert, clientKeyData: key } = status;
    if (token === undefined && cert === undefined)
      throw new AccessError(`the credential plug-in ${quoted(plugin.command)} gave neither a token nor a certificate`);
    const credentials = {
      ...(token === undefined ? {} : { token }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    };
    held = { credentials, untilMs: Number.isNaN(expires) ? Infinity : expires - marginMs };
    return credentials;
  };
  return async (isRefused) => {
    if (held !== undefined && !isRefused && Date.now() < held.untilMs) return held.credentials;
    // Many watches may find out at once; one question is enough.
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

function readAnswer({ command }: z.infer<typeof execPlugin>, output: string): z.infer<typeof answer> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(output);
  } catch {
    parsed = undefined;
  }
  const read = answer.safeParse(parsed);
  if (read.success) return read.data;
  throw new AccessError(`the credential plug-in ${quoted(command)} did not answer with an \`ExecCredential\``);
}

async function run(
  { command, args, env, apiVersion, provideClusterInfo, installHint }: z.infer<typeof execPlugin>,
  folder: string,
  { server, ca }: Pick<ClusterAccess, "server" | "ca">,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const info = {
    server: server.href,
    ...(ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
  };
  const request = {
    kind: "ExecCredential",
    apiVersion,
    spec: { interactive: false, ...(provideClusterInfo === true ? { cluster: info } : {}) },
  };
  const program = command.includes("/") ? besideFile(folder, command) : command;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (why: string): void =>
    reject(
      new AccessError(
        `the credential plug-in ${quoted(command)} ${why}${installHint === undefined ? "" : `; ${quoted(installHint)}`}`,
      ),
    );
  const child = spawn(program, args ?? [], {
    shell: false,
    stdio: ["ignore", "pipe", "ignore"],
    env: {
      ...variables,
      ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(request),
    },
  });
  // What it started may outlive it and hold its output open, so nothing more is waited for then.
  const stop = (why: string): void => {
    fail(why);
    child.stdout.destroy();
    child.kill("SIGKILL");
  };
  const timer = setTimeout(() => stop(`was stopped after ${timeoutMs / 1000} seconds`), timeoutMs);
  let output = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    output += chunk;
    if (output.length > largestAnswer) stop("was stopped: it says more than any credentials need");
  });
  child.on("error", () => fail("cannot be started; install it, or use another kubeconfig"));
  child.on("close", (code, signal) => {
    if (code === 0) resolve(output);
    else fail(signal === null ? `failed with exit code ${code}` : `was ended by ${signal}`);
  });
  return promise.finally(() => clearTimeout(timer));
}
