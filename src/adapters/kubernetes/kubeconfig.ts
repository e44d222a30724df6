import { isIPv4 } from "node:net";
import { delimiter, dirname } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { quoted } from "../../core/quoted.ts";
import { AccessError } from "./access-error.ts";
import { besideFile, readAccessFile, readToken } from "./access-files.ts";
import type { ClusterAccess, Credentials } from "./cluster-access.ts";
import { execCredentials, execPlugin } from "./exec-plugin.ts";

export interface AccessOptions {
  /** Undefined: the service account of the pod we run in, else `KUBECONFIG`, else `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly allowInsecure?: boolean | undefined;
}

const text = z.string().min(1).optional();
/** Files hold more than we use; what we use must be right. */
const clusterEntry = z.object({
  server: z.string(),
  "certificate-authority": text,
  "certificate-authority-data": text,
  "insecure-skip-tls-verify": z.boolean().optional(),
  "tls-server-name": text,
  "proxy-url": text,
});
const userEntry = z.object({
  token: text,
  tokenFile: text,
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  exec: execPlugin.nullish(),
  "auth-provider": z.unknown().optional(),
  username: text,
  as: text,
  "as-uid": text,
  "as-groups": z.array(z.string()).optional(),
});
const named = <T extends z.ZodType>(key: string, entry: T) =>
  z.array(z.object({ name: z.string(), [key]: entry }).loose()).nullish();
const kubeconfigFile = z.object({
  "current-context": z.string().optional(),
  clusters: named("cluster", clusterEntry.nullish()),
  users: named("user", userEntry.nullish()),
  contexts: named("context", z.object({ cluster: z.string(), user: z.string().optional() }).nullish()),
});

interface Found<T> {
  readonly entry: T;
  /** Relative paths start here. */
  readonly folder: string;
}

/** The first file that names something decides, as `kubectl` has it. */
class Entries {
  current: string | undefined;
  readonly clusters = new Map<string, Found<z.infer<typeof clusterEntry>>>();
  readonly users = new Map<string, Found<z.infer<typeof userEntry>>>();
  readonly contexts = new Map<string, Found<{ readonly cluster: string; readonly user?: string | undefined }>>();

  async add(path: string): Promise<void> {
    const document = parseDocument((await readAccessFile(path)).toString("utf8"), { prettyErrors: false });
    if (document.errors.length > 0)
      throw new AccessError(`\`${path}\` is not YAML: mend it, or name another kubeconfig`);
    const read = kubeconfigFile.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
    if (!read.success) {
      const [issue] = read.error.issues;
      throw new AccessError(`\`${path}\` is no kubeconfig: \`${issue?.path.join(".")}\`: ${issue?.message}`);
    }
    const folder = dirname(path);
    const { data } = read;
    this.current ??= data["current-context"] === "" ? undefined : data["current-context"];
    const take = <T>(list: readonly object[] | null | undefined, key: string, into: Map<string, Found<T>>): void => {
      for (const item of list ?? []) {
        const { name, [key]: entry } = item as { name: string; [key: string]: unknown };
        if (entry !== undefined && entry !== null && !into.has(name)) into.set(name, { entry: entry as T, folder });
      }
    };
    take(data.clusters, "cluster", this.clusters);
    take(data.users, "user", this.users);
    take(data.contexts, "context", this.contexts);
  }
}

/**
 * @param paths one file, or several as `KUBECONFIG` has them
 * @throws {AccessError}
 */
export async function readKubeconfig(
  paths: string,
  options: AccessOptions,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<ClusterAccess> {
  const entries = new Entries();
  for (const path of paths.split(delimiter).filter((one) => one !== "")) await entries.add(path);
  const name = options.context ?? entries.current;
  if (name === undefined) throw new AccessError(`\`${paths}\` has no current context; name one with \`context\``);
  const context = entries.contexts.get(name)?.entry;
  if (context === undefined) throw new AccessError(`there is no context ${quoted(name)} in \`${paths}\``);
  const cluster = entries.clusters.get(context.cluster);
  if (cluster === undefined) throw new AccessError(`there is no cluster ${quoted(context.cluster)} in \`${paths}\``);
  const user = context.user === undefined ? undefined : entries.users.get(context.user);
  if (context.user !== undefined && context.user !== "" && user === undefined)
    throw new AccessError(`there is no user ${quoted(context.user)} in \`${paths}\``);
  const access = await accessTo(cluster, options.allowInsecure === true);
  return {
    ...access,
    headers: user === undefined ? {} : impersonation(user.entry),
    credentials: user === undefined ? () => Promise.resolve({}) : credentialsOf(user, access, variables),
  };
}

async function accessTo({ entry, folder }: Found<z.infer<typeof clusterEntry>>, allowInsecure: boolean) {
  const server = urlOf(entry.server, "server");
  const isUnchecked = entry["insecure-skip-tls-verify"] === true;
  const isPlain = server.protocol === "http:";
  if (!isPlain && server.protocol !== "https:")
    throw new AccessError(`${quoted(entry.server)} is no address of an API server`);
  if ((isUnchecked || (isPlain && !isLoopback(server))) && !allowInsecure) {
    throw new AccessError(
      `the kubeconfig reaches ${quoted(server.host)} without checking who answers; give it the authority's certificate, or allow it with \`allowInsecure: true\``,
      "cluster_insecure",
    );
  }
  const ca = await materialOf(entry["certificate-authority-data"], entry["certificate-authority"], folder);
  return {
    server,
    isInsecure: isUnchecked,
    ...(ca === undefined ? {} : { ca }),
    ...(entry["tls-server-name"] === undefined ? {} : { serverName: entry["tls-server-name"] }),
    ...(entry["proxy-url"] === undefined ? {} : { proxy: proxyOf(entry["proxy-url"]) }),
  };
}

function credentialsOf(
  { entry, folder }: Found<z.infer<typeof userEntry>>,
  { server, ca }: Pick<ClusterAccess, "server" | "ca">,
  variables: Readonly<Record<string, string | undefined>>,
): ClusterAccess["credentials"] {
  if (entry["auth-provider"] !== undefined && entry["auth-provider"] !== null)
    throw new AccessError(
      "the kubeconfig uses `auth-provider`, which Kubernetes dropped; use an `exec` plug-in or a token",
    );
  if (entry.username !== undefined)
    throw new AccessError(
      "the kubeconfig uses a password, which no current API server takes; use a token or a certificate",
    );
  const plugin =
    entry.exec === undefined || entry.exec === null
      ? undefined
      : execCredentials(entry.exec, folder, { server, ...(ca === undefined ? {} : { ca }) }, variables);
  return async (isRefused) => {
    const cert = await materialOf(entry["client-certificate-data"], entry["client-certificate"], folder);
    const key = await materialOf(entry["client-key-data"], entry["client-key"], folder);
    const token = entry.tokenFile === undefined ? entry.token : await readToken(besideFile(folder, entry.tokenFile));
    const own: Credentials = {
      ...(token === undefined ? {} : { token }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    };
    return plugin === undefined ? own : { ...own, ...(await plugin(isRefused)) };
  };
}

function impersonation(user: z.infer<typeof userEntry>): Record<string, string | string[]> {
  return {
    ...(user.as === undefined ? {} : { "impersonate-user": user.as }),
    ...(user["as-uid"] === undefined ? {} : { "impersonate-uid": user["as-uid"] }),
    ...(user["as-groups"] === undefined ? {} : { "impersonate-group": user["as-groups"] }),
  };
}

async function materialOf(
  data: string | undefined,
  file: string | undefined,
  folder: string,
): Promise<Buffer | undefined> {
  if (data !== undefined) return Buffer.from(data, "base64");
  return file === undefined ? undefined : readAccessFile(besideFile(folder, file));
}

function proxyOf(said: string): URL {
  const proxy = urlOf(said, "proxy-url");
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:")
    throw new AccessError("the kubeconfig's `proxy-url` is neither http nor https; other proxies are not supported");
  return proxy;
}

/** The text is not repeated: an address of a proxy may hold a password. */
function urlOf(said: string, key: string): URL {
  const url = URL.parse(said);
  if (url === null) throw new AccessError(`\`${key}\` in the kubeconfig is no URL`);
  return url;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || (isIPv4(hostname) && hostname.startsWith("127."));
}
