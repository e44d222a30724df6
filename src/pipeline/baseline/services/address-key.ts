import type { IpAddress } from "../../../core/net/ip.ts";

/** For maps: a number for IPv4, text for IPv6, so that the families never meet. */
export type AddressKey = number | string;

export function addressKey({ family, value }: IpAddress): AddressKey {
  return family === 4 ? Number(value) : value.toString(36);
}
