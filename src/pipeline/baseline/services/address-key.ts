import type { IpAddress } from "../../../core/net/ip.ts";

/** For maps: a number for IPv4, text for IPv6, so that the families never meet. */
export type AddressKey = number | string;

export function addressKey({ family, value }: IpAddress): AddressKey {
  return family === 4 ? Number(value) : value.toString(36);
}

/** Each address once, in the order they are first met. */
export function distinctAddresses(all: readonly { readonly address: IpAddress }[]): readonly IpAddress[] {
  const found = new Map<AddressKey, IpAddress>();
  for (const { address } of all) {
    const key = addressKey(address);
    if (!found.has(key)) found.set(key, address);
  }
  return [...found.values()];
}
