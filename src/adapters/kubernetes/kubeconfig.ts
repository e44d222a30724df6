import { isIPv4 } from "node:net";
import { delimiter, dirname } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { printable, quoted } from "../../core/quoted.ts";
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

/** Empty is as good as unsaid. */
const text = z
  .string()
  .nullish()
  .transform((said) => (said === null || said === "" ? undefined : said));
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
const contextEntry = z.object({ cluster: z.string(), user: text });
/** Files hold more than we use, and some of it may be old; what we use must be right. */
const entries = z.array(z.looseObject({ name: z.string() })).nullish();
const kubeconfigFile = z.object({ "current-context": text, clusters: entries, users: entries, contexts: entries });

interface Found<T> {
  readonly entry: T;
  /** Relative paths start here. */
  readonly folder: string;
}

type Cluster = Found<z.infer<typeof clusterEntry>>;
type User = Found<z.infer<typeof userEntry>>;

function brokenFile(path: string, { issues: [issue] }: z.ZodError, at: readonly string[] = []): AccessError {
  const place = [...at, ...(issue?.path ?? [])].join(".");
  return new AccessError(`\`${path}\` is no kubeconfig: \`${place}\`: ${issue?.message}`);
}

/** The first file that names something decides, as `kubectl` has it. */
class Entries {
  current: string | undefined;
  private readonly found = new Map<string, { readonly entry: unknown; readonly path: string }>();

  async add(path: string): Promise<void> {
    const document = parseDocument((await readAccessFile(path)).toString("utf8"), { prettyErrors: false });
    if (document.errors.length > 0)
      throw new AccessError(`\`${path}\` is not YAML: mend it, or name another kubeconfig`);
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch {
      throw new AccessError(`\`${path}\` has aliases (\`*name\`) that cannot be followed: write the values out`);
    }
    const read = kubeconfigFile.safeParse(value ?? {});
    if (!read.success) throw brokenFile(path, read.error);
    const { data } = read;
    this.current ??= data["current-context"];
    for (const what of ["cluster", "user", "context"] as const) {
      for (const { name, [what]: entry } of data[`${what}s`] ?? []) {
        const key = `${what} ${name}`;
        if (entry !== undefined && entry !== null && !this.found.has(key)) this.found.set(key, { entry, path });
      }
    }
  }

  named<T>(what: "cluster" | "user" | "context", name: string, schema: z.ZodType<T>, paths: string): Found<T> {
    const found = this.found.get(`${what} ${name}`);
    if (found === undefined) throw new AccessError(`there is no ${what} ${quoted(name)} in \`${paths}\``);
    const read = schema.safeParse(found.entry);
    if (!read.success) throw brokenFile(found.path, read.error, [`${what}s`, printable(name)]);
    return { entry: read.data, folder: dirname(found.path) };
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
  const { name, cluster, user } = await contextOf(paths, options.context);
  const access = await accessTo(cluster, options.allowInsecure === true);
  const signedBy = (whom: User | undefined): ClusterAccess["credentials"] =>
    whom === undefined ? () => Promise.resolve({}) : credentialsOf(whom, access, variables);
  let credentials = signedBy(user);
  const isAsking = user?.entry.exec !== undefined && user.entry.exec !== null;
  return {
    ...access,
    headers: user === undefined ? {} : impersonation(user.entry),
    credentials: async (isRefused) => {
      if (isRefused && !isAsking) {
        // Whoever logs in again writes a new token into the same file; it is meant for the same server only.
        const now = await contextOf(paths, name);
        if (now.cluster.entry.server === cluster.entry.server) credentials = signedBy(now.user);
      }
      const authority = await authorityIn(cluster);
      return { ...(await credentials(isRefused)), ...(authority === undefined ? {} : { ca: authority }) };
    },
  };
}

async function contextOf(
  paths: string,
  context: string | undefined,
): Promise<{ readonly name: string; readonly cluster: Cluster; readonly user: User | undefined }> {
  const all = await entriesIn(paths);
  const name = context ?? all.current;
  if (name === undefined) throw new AccessError(`\`${paths}\` has no current context; name one with \`context\``);
  const { entry } = all.named("context", name, contextEntry, paths);
  const cluster = all.named("cluster", entry.cluster, clusterEntry, paths);
  return {
    name,
    cluster,
    user: entry.user === undefined ? undefined : all.named("user", entry.user, userEntry, paths),
  };
}

/** Of several files some may be missing, as `kubectl` has it. */
async function entriesIn(paths: string): Promise<Entries> {
  const all = new Entries();
  const files = paths.split(delimiter).filter((one) => one !== "");
  const missing: AccessError[] = [];
  for (const path of files) {
    try {
      await all.add(path);
    } catch (error) {
      if (!(error instanceof AccessError && isMissing(error.cause))) throw error;
      missing.push(error);
    }
  }
  if (missing.length > 0 && missing.length === files.length) throw missing[0]!;
  return all;
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
}

/** Certificates are replaced in their files, those of authorities too. */
async function authorityIn({ entry, folder }: Cluster): Promise<Buffer | undefined> {
  return materialOf(entry["certificate-authority-data"], entry["certificate-authority"], folder);
}

async function accessTo({ entry, folder }: Cluster, allowInsecure: boolean) {
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
  const ca = await authorityIn({ entry, folder });
  return {
    server,
    isInsecure: isUnchecked,
    ...(ca === undefined ? {} : { ca }),
    ...(entry["tls-server-name"] === undefined ? {} : { serverName: entry["tls-server-name"] }),
    ...(entry["proxy-url"] === undefined ? {} : { proxy: proxyOf(entry["proxy-url"]) }),
  };
}

function credentialsOf(
  { entry, folder }: User,
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
