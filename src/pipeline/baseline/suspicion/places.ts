import { containsIp, type IpSet, ipSetOf, parseCidr } from "../../../core/net/ip-set.ts";
import type { IpAddress } from "../../../core/net/ip.ts";
import type { Edge } from "../../flows/edge.ts";

/** The block whose addresses usually belong to one owner: /24, for IPv6 /64. A number where one will do: they are fast. */
export function blockKey({ family, value }: IpAddress): number | bigint {
  return family === 4 ? Math.floor(Number(value) / 256) : (value >> 64n) | (1n << 64n);
}

/** The block of an address with the port. */
export function neighbourhoodKey({ address, protocol, port }: Edge): string {
  return `${blockKey(address)} ${protocol}/${port}`;
}

const own: IpSet = ipSetOf(
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"].map((text) => {
    const parsed = parseCidr(text);
    if (!parsed.ok) throw new TypeError(parsed.error.message);
    return parsed.value;
  }),
);

/** Addresses that nobody outside the organisation can have (RFC 1918, 6598, 4193). */
export function isPrivate(address: IpAddress): boolean {
  return containsIp(own, address);
}
