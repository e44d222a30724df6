import { containsIp } from "../../../core/net/ip-set.ts";
import { familyBits, type IpAddress } from "../../../core/net/ip.ts";
import { type L4Point, l4Point } from "../../../core/net/l4.ts";
import type { Edge } from "../../flows/edge.ts";
import type { KnowledgeIndex } from "../knowledge/knowledge-index.ts";
import type { RangeGroup } from "../knowledge/knowledge.ts";
import { isTenantSpace } from "../knowledge/tenant-space.ts";
import { type AddressKey, addressKey } from "./address-key.ts";
import { privateUse } from "./neighbourhoods.ts";

/** Blocks that are asked about, the smaller first, and how many named addresses must agree in each. */
const levels = {
  4: [
    { prefixLength: 24, addresses: 3 },
    { prefixLength: 16, addresses: 8 },
  ],
  6: [
    { prefixLength: 64, addresses: 3 },
    { prefixLength: 32, addresses: 8 },
  ],
} as const;

type Place = number | string | RangeGroup;

interface PlaceNeed {
  readonly place: Place;
  /** So many must agree there. */
  readonly addresses: number;
}

interface Neighbours {
  /** Undefined when they do not agree. */
  service: string | undefined;
  readonly addresses: Set<AddressKey>;
}

/**
 * Which service a nameless address of a pool belongs to, by the names of its neighbours: answers get lost, and a large pool has
 * always some addresses that no recorded answer gave. Not in the organisation's own ranges, where each host is another. All named addresses with the same port in a published group (but not in
 * room that is rented out), or enough of them in a block of public space, have to be of one service.
 */
export class NamedNeighbours {
  readonly #knowledge: KnowledgeIndex;
  readonly #byPlace = new Map<Place, Map<L4Point, Neighbours>>();
  readonly #places = new Map<AddressKey, readonly PlaceNeed[]>();

  constructor(knowledge: KnowledgeIndex) {
    this.#knowledge = knowledge;
  }

  add({ address, protocol, port }: Edge, service: string): void {
    const key = addressKey(address);
    const l4 = l4Point(protocol, port);
    for (const { place } of this.#placesOf(key, address)) {
      let ports = this.#byPlace.get(place);
      if (ports === undefined) this.#byPlace.set(place, (ports = new Map<L4Point, Neighbours>()));
      const known = ports.get(l4);
      if (known === undefined) ports.set(l4, { service, addresses: new Set([key]) });
      else {
        known.addresses.add(key);
        if (known.service !== service) known.service = undefined;
      }
    }
  }

  /** The service that the neighbours agree on; undefined without enough of them, and for blocks. */
  serviceOf({ address, prefixLength, protocol, port }: Edge): string | undefined {
    if (prefixLength !== undefined) return undefined;
    const l4 = l4Point(protocol, port);
    for (const { place, addresses } of this.#placesOf(addressKey(address), address)) {
      const neighbours = this.#byPlace.get(place)?.get(l4);
      if (neighbours === undefined || neighbours.addresses.size < addresses) continue;
      return neighbours.service;
    }
    return undefined;
  }

  /** Many edges lead to one address. */
  #placesOf(key: AddressKey, address: IpAddress): readonly PlaceNeed[] {
    let places = this.#places.get(key);
    if (places === undefined) this.#places.set(key, (places = this.#look(address)));
    return places;
  }

  #look(address: IpAddress): readonly PlaceNeed[] {
    if (containsIp(privateUse, address) || this.#knowledge.onPremisesOf(address) !== undefined) return [];
    const group = this.#knowledge.publishedHolding(address)[0];
    const blocks = levels[address.family].map(({ prefixLength, addresses }) => ({
      place: placeOf(address, prefixLength),
      addresses,
    }));
    return group === undefined || isTenantSpace(group) ? blocks : [{ place: group, addresses: 2 }];
  }
}

/** The block's leading bits behind a 1, which tells how many they are; the families never meet. */
function placeOf({ family, value }: IpAddress, prefixLength: number): number | string {
  const bits = (value >> BigInt(familyBits[family] - prefixLength)) | (1n << BigInt(prefixLength));
  return family === 4 ? Number(bits) : bits.toString(36);
}
