import { type Cidr, parseCidr } from "../../../core/net/ip-set.ts";
import { type IpAddress, parseIp } from "../../../core/net/ip.ts";
import type { PortProtocol } from "../../../core/net/l4.ts";
import { ownField } from "../../../core/policy/manifest.ts";
import type { Labels } from "../cluster-facts.ts";
import type { SharedTexts } from "./shared-texts.ts";

/** The value at a path of keys; undefined where there is none. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let part = value;
  for (const key of keys) part = ownField(part, key);
  return part;
}

export function textAt(value: unknown, ...keys: readonly string[]): string {
  const found = at(value, ...keys);
  return typeof found === "string" ? found : "";
}

export function listAt(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const found = at(value, ...keys);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

export function textsAt(value: unknown, ...keys: readonly string[]): readonly string[] {
  return listAt(value, ...keys).filter((item) => typeof item === "string");
}

/** Milliseconds since the epoch. */
export function timeAt(value: unknown, ...keys: readonly string[]): number | undefined {
  const time = Date.parse(textAt(value, ...keys));
  return Number.isNaN(time) ? undefined : time;
}

/** Without those named in `leftOut`. */
export function labelsOf(value: unknown, leftOut: ReadonlySet<string> = new Set(), texts?: SharedTexts): Labels {
  const labels = at(value, "metadata", "labels");
  if (typeof labels !== "object" || labels === null) return {};
  return Object.fromEntries(
    Object.entries(labels).flatMap(([key, text]: [string, unknown]) =>
      typeof text !== "string" || leftOut.has(key) ? [] : [[key, texts?.share(text) ?? text]],
    ),
  );
}

/** The addresses among texts; `address/prefix-length` counts as the address. */
export function addressesOf(texts: Iterable<string>): readonly IpAddress[] {
  const found = new Map<string, IpAddress>();
  for (const text of texts) {
    const ip = parseIp(text.split("/")[0] ?? "");
    if (ip.ok) found.set(`${ip.value.family} ${ip.value.value}`, ip.value);
  }
  return [...found.values()];
}

export function cidrsOf(texts: Iterable<string>): readonly Cidr[] {
  const found: Cidr[] = [];
  for (const text of texts) {
    const cidr = parseCidr(text);
    if (cidr.ok) found.push(cidr.value);
    else if (cidr.error.code === "cidr_host_bits") found.push(cidr.error.cidr);
  }
  return found;
}

/** Unsaid means TCP; undefined for what is none of the three. */
export function protocolOf(value: unknown): PortProtocol | undefined {
  const text = value ?? "TCP";
  return text === "TCP" ? "tcp" : text === "UDP" ? "udp" : text === "SCTP" ? "sctp" : undefined;
}

export function portOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65535 ? value : undefined;
}

/** What JSON text says; undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
