import type { AddressHistory } from "../../baseline/statistics/address-history.ts";

type Lengths = { readonly 4: number; readonly 6: number };

/** What usually stands in one place: one of these counts once, however many addresses of it were met. */
const place: Lengths = { 4: 24, 6: 60 };

/**
 * Of the places where a content network was met by anybody, the share that lies in no block around one of the service's own
 * addresses, for blocks of any length: chances are that the service is served from there next.
 * @param network histories that hold the service's own addresses as well
 * @returns the share by lengths; linear in the addresses once, and in the places per length
 */
export function networkElsewhere(
  network: readonly AddressHistory[],
  own: readonly AddressHistory[],
): (lengths: Lengths) => number {
  const nearest = network.map((history) => {
    const { family, addresses, common } = history;
    const known = new Set(own.find((each) => each.family === family)?.addresses);
    // Leading bits in common with the closest own address on either side: the least of what lies between.
    const bits = addresses.map((address) => (known.has(address) ? Infinity : -1));
    for (let i = 1; i < bits.length; i += 1) bits[i] = Math.max(bits[i]!, Math.min(bits[i - 1]!, common[i]!));
    for (let i = bits.length - 2; i >= 0; i -= 1) bits[i] = Math.max(bits[i]!, Math.min(bits[i + 1]!, common[i + 1]!));
    const places: number[] = [];
    for (const [i, closest] of bits.entries()) {
      if (common[i]! < place[family]) places.push(closest);
      else places[places.length - 1] = Math.max(places.at(-1)!, closest);
    }
    return { family, places };
  });
  return (lengths) => {
    let all = 0;
    let elsewhere = 0;
    for (const { family, places } of nearest) {
      all += places.length;
      for (const bits of places) if (bits < Math.min(lengths[family], place[family])) elsewhere += 1;
    }
    return all === 0 ? 0 : elsewhere / all;
  };
}
