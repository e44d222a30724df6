import { join } from "node:path";
import { proxyFor } from "../../app/live/proxy.ts";
import { AccessError } from "./access-error.ts";
import { readAccessFile, readToken } from "./access-files.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import type { AccessOptions } from "./kubeconfig.ts";

export interface AccessEnvironment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Where a pod finds its service account. */
  readonly serviceAccount?: string;
}

const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** @throws {AccessError} when there is no usable way */
export async function findAccess(options: AccessOptions, environment: AccessEnvironment): Promise<ClusterAccess> {
  const access = await directAccess(options, environment);
  if (access.proxy !== undefined) return access;
  try {
    const proxy = proxyFor(access.server, environment.variables);
    return proxy === undefined ? access : { ...access, proxy };
  } catch (error) {
    throw new AccessError(error instanceof Error ? error.message : String(error), "cluster_access", error);
  }
}

/** By the service account or a kubeconfig, with no other proxy than the kubeconfig names. */
async function directAccess(options: AccessOptions, environment: AccessEnvironment): Promise<ClusterAccess> {
  const { variables, home } = environment;
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = variables;
  const isNamed = options.kubeconfig !== undefined || options.context !== undefined;
  if (!isNamed && host !== undefined && host !== "") {
    return serviceAccountAccess(host, port, environment.serviceAccount ?? serviceAccountFolder);
  }
  const named = options.kubeconfig ?? variables.KUBECONFIG;
  const path = named === undefined || named === "" ? join(home, ".kube", "config") : named;
  // Inside a pod nobody needs a reader of YAML, which would cost memory all the time.
  const { readKubeconfig } = await import("./kubeconfig.ts");
  return readKubeconfig(path, options, variables);
}

async function serviceAccountAccess(host: string, port: string, folder: string): Promise<ClusterAccess> {
  const tokenFile = join(folder, "token");
  await Promise.all([readToken(tokenFile), readAccessFile(join(folder, "ca.crt"))]);
  return {
    server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`),
    isInsecure: false,
    headers: {},
    // Both are replaced while we run.
    credentials: async () => ({
      token: await readToken(tokenFile),
      ca: await readAccessFile(join(folder, "ca.crt")),
    }),
  };
}
