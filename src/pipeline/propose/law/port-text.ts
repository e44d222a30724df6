import { intervalSet } from "../../../core/net/interval-set.ts";
import { anyL4, hasPorts, l4Ports, l4Protocol, type L4Set, protocols } from "../../../core/net/l4.ts";

/** `tcp/443`, `tcp/8000-8999`, `udp` for all its ports, `icmp`, `other`, `any`; undefined for anything else. */
export function parsePortText(text: string): L4Set | undefined {
  if (text === "any") return anyL4;
  const match = /^([a-z]+)(?:\/([0-9]{1,5})(?:-([0-9]{1,5}))?)?$/.exec(text.toLowerCase());
  const protocol = protocols.find((each) => each === match?.[1]);
  if (match === null || protocol === undefined) return undefined;
  if (match[2] === undefined) return intervalSet([l4Protocol(protocol)]);
  const first = Number(match[2]);
  const last = match[3] === undefined ? first : Number(match[3]);
  if (!hasPorts(protocol) || first < 1 || last > 65535 || last < first) return undefined;
  return intervalSet([l4Ports(protocol, first, last)]);
}
