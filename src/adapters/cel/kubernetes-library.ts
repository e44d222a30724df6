import type { Environment } from "@marcbachmann/cel-js";
import { type Cidr, formatCidr, lastOf, parseCidr } from "../../core/net/ip-set.ts";
import { compareIp, formatIp, type IpAddress, parseIp } from "../../core/net/ip.ts";

/** As in Kubernetes' library: net.IP of a text in canonical form or not, never with a zone, never IPv4-mapped. */
class Ip {
  readonly address: IpAddress;
  constructor(address: IpAddress) {
    this.address = address;
  }
}

class Block {
  readonly cidr: Cidr;
  readonly address: IpAddress;
  constructor(cidr: Cidr, address: IpAddress) {
    this.cidr = cidr;
    this.address = address;
  }
}

function readIp(text: string): Ip | undefined {
  const parsed = parseIp(text);
  // Kubernetes refuses IPv4-mapped addresses, which we read as IPv4.
  return parsed.ok && (parsed.value.family === 6) === text.includes(":") ? new Ip(parsed.value) : undefined;
}

/** Host bits are taken, and kept apart from the block, as Go's netip.ParsePrefix does. */
function readBlock(text: string): Block | undefined {
  const slash = text.lastIndexOf("/");
  const address = slash < 0 ? undefined : readIp(text.slice(0, slash));
  const parsed = parseCidr(text);
  const cidr = parsed.ok ? parsed.value : parsed.error.code === "cidr_host_bits" ? parsed.error.cidr : undefined;
  return address === undefined || cidr === undefined ? undefined : new Block(cidr, address.address);
}

function ipOf(text: string): Ip {
  const ip = readIp(text);
  if (ip === undefined) throw new TypeError("the text is no IP address");
  return ip;
}

function blockOf(text: string): Block {
  const block = readBlock(text);
  if (block === undefined) throw new TypeError("the text is no CIDR block");
  return block;
}

function holdsIp({ cidr }: Block, { address }: Ip): boolean {
  return cidr.family === address.family && cidr.first <= address.value && address.value <= lastOf(cidr);
}

function holdsBlock({ cidr }: Block, { cidr: inner }: Block): boolean {
  return cidr.family === inner.family && cidr.first <= inner.first && lastOf(inner) <= lastOf(cidr);
}

function isIn(block: string): (ip: Ip) => boolean {
  const outer = blockOf(block);
  return (ip) => holdsIp(outer, ip);
}

const tests: Readonly<Record<string, readonly string[]>> = {
  isUnspecified: ["0.0.0.0/32", "::/128"],
  isLoopback: ["127.0.0.0/8", "::1/128"],
  isLinkLocalMulticast: ["224.0.0.0/24", "ff02::/16"],
  isLinkLocalUnicast: ["169.254.0.0/16", "fe80::/10"],
};

/**
 * Functions of Kubernetes' `ip` and `cidr` libraries, and of its lists
 * (https://kubernetes.io/docs/reference/using-api/cel/, k8s.io/apiserver/pkg/cel/library).
 */
export function addKubernetesLibrary(env: Environment): Environment {
  env
    .registerType("net.IP", Ip)
    .registerType("net.CIDR", Block)
    .registerFunction("isIP(string): bool", (text: string) => readIp(text) !== undefined)
    .registerFunction("isCIDR(string): bool", (text: string) => readBlock(text) !== undefined)
    .registerFunction("ip(string): net.IP", ipOf)
    .registerFunction("cidr(string): net.CIDR", blockOf)
    .registerFunction("net.IP.family(): int", (ip: Ip) => BigInt(ip.address.family))
    .registerFunction("net.CIDR.containsIP(string): bool", (block: Block, ip: string) => holdsIp(block, ipOf(ip)))
    .registerFunction("net.CIDR.containsIP(net.IP): bool", (block: Block, ip: Ip) => holdsIp(block, ip))
    .registerFunction("net.CIDR.containsCIDR(string): bool", (block: Block, inner: string) =>
      holdsBlock(block, blockOf(inner)),
    )
    .registerFunction("net.CIDR.containsCIDR(net.CIDR): bool", (block: Block, inner: Block) => holdsBlock(block, inner))
    .registerFunction("net.CIDR.ip(): net.IP", (block: Block) => new Ip(block.address))
    .registerFunction(
      "net.CIDR.masked(): net.CIDR",
      ({ cidr }: Block) => new Block(cidr, { family: cidr.family, value: cidr.first }),
    )
    .registerFunction("net.CIDR.prefixLength(): int", ({ cidr }: Block) => BigInt(cidr.prefixLength))
    .registerOperator("net.IP == net.IP", (a: Ip, b: Ip) => compareIp(a.address, b.address) === 0)
    .registerOperator(
      "net.CIDR == net.CIDR",
      (a: Block, b: Block) => compareIp(a.address, b.address) === 0 && a.cidr.prefixLength === b.cidr.prefixLength,
    )
    .registerFunction("string(net.IP): string", ({ address }: Ip) => formatIp(address))
    .registerFunction(
      "string(net.CIDR): string",
      ({ cidr, address }: Block) => `${formatIp(address)}${formatCidr(cidr).slice(formatCidr(cidr).indexOf("/"))}`,
    );
  for (const [name, blocks] of Object.entries(tests)) {
    const checks = blocks.map(isIn);
    env.registerFunction(`net.IP.${name}(): bool`, (ip: Ip) => checks.some((check) => check(ip)));
  }
  const multicast = ["224.0.0.0/4", "ff00::/8"].map(isIn);
  // Go's IsGlobalUnicast: private addresses are in it, the broadcast address is not.
  const others = [
    ...tests.isUnspecified!,
    ...tests.isLoopback!,
    ...tests.isLinkLocalUnicast!,
    "255.255.255.255/32",
  ].map(isIn);
  env.registerFunction(
    "net.IP.isGlobalUnicast(): bool",
    (ip: Ip) => ![...multicast, ...others].some((check) => check(ip)),
  );
  env.registerFunction("list<dyn>.isSorted(): bool", (list: readonly unknown[]) =>
    list.every((item, i) => i === 0 || !isLess(item, list[i - 1])),
  );
  return env;
}

function isLess(a: unknown, b: unknown): boolean {
  const isOrdered = typeof a === typeof b && (typeof a === "string" || typeof a === "bigint" || typeof a === "number");
  if (!isOrdered) throw new TypeError("the list has entries without an order");
  return (a as string) < (b as string);
}
