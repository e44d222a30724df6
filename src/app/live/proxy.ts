import { cidrAround, containsIp, ipSetOf } from "../../core/net/ip-set.ts";
import { familyBits, type IpAddress, parseIp } from "../../core/net/ip.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment wants for an address: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in either case, read as
 * Go's programs read them, because OpenShift's cluster-wide proxy sets them for Go. Node.js has its own reading, which knows
 * no CIDR in `NO_PROXY`: with it the API server of the own cluster would be asked through the proxy.
 * @throws an error for people when the proxy's address is none; the address is not repeated, it may hold a password
 * @see golang.org/x/net/http/httpproxy
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const variable = url.protocol === "http:" ? "HTTP_PROXY" : "HTTPS_PROXY";
  const said = read(env, variable);
  if (said === "" || isDirect(url, read(env, "NO_PROXY"))) return undefined;
  const proxy = URL.parse(said.includes("://") ? said : `http://${said}`);
  if (proxy === null || (proxy.protocol !== "http:" && proxy.protocol !== "https:") || proxy.hostname === "") {
    throw new Error(`\`${variable}\` in the environment is no URL of an http or https proxy; correct it, or unset it`);
  }
  return proxy;
}

/** What an agent of `node:http` or `node:https` is to be made with, so that it goes through the proxy, if there is one. */
export function proxyOptions(
  url: URL,
  env: Environment = process.env,
): { readonly proxyEnv?: { readonly http_proxy: string; readonly https_proxy: string } } {
  const proxy = proxyFor(url, env)?.href;
  return proxy === undefined ? {} : { proxyEnv: { http_proxy: proxy, https_proxy: proxy } };
}

function read(env: Environment, variable: string): string {
  const said = (env[variable] ?? "").trim();
  return said === "" ? (env[variable.toLowerCase()] ?? "").trim() : said;
}

function isDirect(url: URL, noProxy: string): boolean {
  const host = url.hostname.replaceAll(/^\[|\]$/g, "").replace(/\.$/, "");
  const address = parseIp(host);
  if (host === "localhost" || (address.ok && isLoopback(address.value))) return true;
  const port = url.port === "" ? (url.protocol === "http:" ? "80" : "443") : url.port;
  return noProxy
    .toLowerCase()
    .split(",")
    .map((entry) => entry.trim())
    .some(
      (entry) => entry === "*" || (entry !== "" && covers(entry, host, port, address.ok ? address.value : undefined)),
    );
}

/** Whether an entry means the host: an address, a CIDR, a domain with all below it, or with a leading dot only these. */
function covers(entry: string, host: string, port: string, address: IpAddress | undefined): boolean {
  const [network = "", length] = entry.split("/", 2);
  const base = parseIp(network);
  if (length !== undefined) {
    if (!base.ok || !/^\d{1,3}$/.test(length) || Number(length) > familyBits[base.value.family]) return false;
    return address !== undefined && containsIp(ipSetOf(cidrAround(base.value, Number(length))), address);
  }
  const [, name = entry, wanted = port] = /^(.*):(\d+)$/.exec(base.ok ? "" : entry) ?? [];
  if (wanted !== port) return false;
  const one = parseIp(name.replaceAll(/^\[|\]$/g, ""));
  if (one.ok) return address !== undefined && one.value.family === address.family && one.value.value === address.value;
  if (address !== undefined) return false;
  const below = name.startsWith("*.") ? name.slice(1) : name;
  return below.startsWith(".") ? host.endsWith(below) : host === below || host.endsWith(`.${below}`);
}

function isLoopback({ family, value }: IpAddress): boolean {
  return family === 4 ? value >> 24n === 127n : value === 1n;
}
