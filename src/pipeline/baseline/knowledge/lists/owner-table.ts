import { parseIp, type IpAddress } from "../../../../core/net/ip.ts";
import { quoted } from "../../../../core/quoted.ts";
import { ok, type Result } from "../../../../core/result.ts";
import type { AddressOwner, AddressOwners } from "../knowledge.ts";
import { csvFields } from "./csv-fields.ts";
import { cut, type ListTrouble, trouble } from "./list-trouble.ts";

/** The answering half of {@link AddressOwners}. */
export type OwnerOf = AddressOwners["ownerOf"];

const mostRanges = 5_000_000;

/**
 * Ranges with their owner, one per line: `start,end,asn,organisation` or `start,end,country`, the forms of ip-location-db, with
 * addresses or their numbers. Ranges do not overlap. IPv4 takes 12 bytes a range.
 */
export function parseOwnerCsv(text: string): Result<OwnerOf, ListTrouble> {
  const v4 = new Ranges<number>();
  const v6 = new Ranges<bigint>();
  const owners: AddressOwner[] = [];
  const places = new Map<string, number>();
  let line = 0;
  for (let from = 0; from < text.length; line += 1) {
    const newline = text.indexOf("\n", from);
    const end = newline < 0 ? text.length : newline;
    const own = text.slice(from, end).trim();
    from = end + 1;
    if (own === "" || own.startsWith("#")) continue;
    const comma = own.indexOf(",", own.indexOf(",") + 1);
    const [start, last] = own.slice(0, Math.max(0, comma)).split(",").map(readAddress);
    const facts = own.slice(comma + 1);
    let place = places.get(facts);
    if (place === undefined) {
      const owner = comma < 0 ? undefined : ownerIn(csvFields(facts));
      if (owner === undefined || start === undefined) {
        if (line === 0 && /^[a-z_"]+,/i.test(own)) continue;
        return trouble(
          "list_format",
          `${quoted(own)} is not \`start,end,asn,organisation\` or \`start,end,country\``,
          `line ${line + 1}`,
        );
      }
      place = owners.push(owner) - 1;
      places.set(facts, place);
    }
    if (start === undefined || last === undefined || start.family !== last.family || last.value < start.value) {
      return trouble(
        "list_format",
        `${quoted(own)} does not begin with the first and last address of a range`,
        `line ${line + 1}`,
      );
    }
    if (line >= mostRanges) return trouble("list_too_long", `more than ${mostRanges.toLocaleString("en-US")} ranges`);
    if (start.family === 4) v4.add(Number(start.value), Number(last.value), place);
    else v6.add(start.value, last.value, place);
  }
  if (owners.length === 0) return trouble("list_empty", "it has no ranges");
  v4.sort();
  v6.sort();
  return ok(({ family, value }) => {
    const place = family === 4 ? v4.find(Number(value)) : v6.find(value);
    return place === undefined ? undefined : owners[place];
  });
}

/** Several sources as one: of each fact, the first that knows it. */
export function joinOwners(sources: readonly OwnerOf[]): OwnerOf {
  return (address) => {
    let joined: AddressOwner | undefined;
    for (const source of sources) {
      const owner = source(address);
      if (owner === undefined) continue;
      joined =
        joined === undefined
          ? owner
          : {
              asn: joined.asn ?? owner.asn,
              organisation: joined.organisation ?? owner.organisation,
              country: joined.country ?? owner.country,
            };
    }
    return joined;
  };
}

/** Numbers below 2^32 are IPv4: no IPv6 address that anybody has is that small. */
function readAddress(text: string): IpAddress | undefined {
  if (/^[0-9]{1,39}$/.test(text)) {
    const value = BigInt(text);
    if (value >> 128n !== 0n) return undefined;
    return { family: value >> 32n === 0n ? 4 : 6, value };
  }
  const ip = parseIp(text);
  return ip.ok ? ip.value : undefined;
}

function ownerIn([first = "", organisation = ""]: readonly string[]): AddressOwner | undefined {
  if (/^[A-Za-z]{2}$/.test(first)) return { asn: undefined, organisation: undefined, country: first.toUpperCase() };
  const [, digits] = /^(?:AS)?([0-9]{1,10})$/i.exec(first) ?? [];
  if (digits === undefined || Number(digits) > 0xffffffff) return undefined;
  return { asn: Number(digits), organisation: organisation === "" ? undefined : cut(organisation), country: undefined };
}

/** Sorted columns instead of objects: there are half a million. */
class Ranges<N extends number | bigint> {
  #starts: N[] = [];
  #lasts: N[] = [];
  #places: number[] = [];
  #isSorted = true;

  add(start: N, last: N, place: number): void {
    this.#isSorted &&= this.#starts.length === 0 || this.#starts.at(-1)! <= start;
    this.#starts.push(start);
    this.#lasts.push(last);
    this.#places.push(place);
  }

  sort(): void {
    if (this.#isSorted) return;
    const order = this.#starts.map((_, at) => at);
    order.sort((a, b) => (this.#starts[a]! < this.#starts[b]! ? -1 : this.#starts[a]! > this.#starts[b]! ? 1 : a - b));
    this.#starts = order.map((at) => this.#starts[at]!);
    this.#lasts = order.map((at) => this.#lasts[at]!);
    this.#places = order.map((at) => this.#places[at]!);
  }

  find(value: N): number | undefined {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low > 0 && this.#lasts[low - 1]! >= value ? this.#places[low - 1] : undefined;
  }
}
