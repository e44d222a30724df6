import {
  type Cidr,
  cidrAround,
  containsIp,
  formatCidr,
  ipSetOf,
  type IpSet,
  parseCidr,
} from "../../../core/net/ip-set.ts";
import type { IpAddress } from "../../../core/net/ip.ts";

/** Addresses that are used alike and lie close to each other. */
export interface Neighbourhood<T> {
  readonly block: Cidr;
  readonly members: readonly T[];
}

/**
 * Levels of a fixed grid. A level above the first gathers the blocks inside it when that many addresses in that many blocks of
 * the first level are used: more than strangers by chance.
 */
const levels = {
  4: [
    { prefixLength: 24, addresses: 1, blocks: 1 },
    { prefixLength: 20, addresses: 6, blocks: 3 },
    { prefixLength: 16, addresses: 16, blocks: 8 },
  ],
  6: [
    { prefixLength: 64, addresses: 1, blocks: 1 },
    { prefixLength: 48, addresses: 6, blocks: 3 },
    { prefixLength: 32, addresses: 16, blocks: 8 },
  ],
} as const;

/** Numbered by organisations, host by host: neighbours in a larger block are strangers. */
export const privateUse: IpSet = ipSetOf(
  ..."10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7".split(" ").map((text) => {
    const cidr = parseCidr(text);
    if (!cidr.ok) throw new TypeError(cidr.error.message);
    return cidr.value;
  }),
);

/**
 * Groups addresses by closeness: by /24 (IPv4) or /64 (IPv6), and in public space by a larger block of the grid where that is
 * used densely. The grid is fixed, so that more addresses of the same blocks change no group's block. Each member is in
 * exactly one group; groups are in no particular order.
 */
export function neighbourhoods<T extends { readonly address: IpAddress }>(members: readonly T[]): Neighbourhood<T>[] {
  const found: Neighbourhood<T>[] = [];
  for (const family of [4, 6] as const) {
    let open = gather(
      members
        .filter(({ address }) => address.family === family)
        .map((member) => ({ members: [member], blocks: 1, cells: 1 })),
      levels[family][0].prefixLength,
    ).map((cell) => ({ ...cell, blocks: 1 }));
    for (const { prefixLength, addresses, blocks } of levels[family].slice(1)) {
      const isPrivate = (cell: Cell<T>): boolean => containsIp(privateUse, cell.members[0]!.address);
      const next = gather(
        open.filter((cell) => !isPrivate(cell)),
        prefixLength,
      );
      const isDense = (cell: Cell<T>): boolean =>
        cell.cells > 1 && cell.members.length >= addresses && cell.blocks >= blocks;
      const dense = next.filter(isDense);
      const gathered = new Set(dense.flatMap((cell) => cell.members));
      open = [...open.filter((cell) => !gathered.has(cell.members[0]!)), ...dense];
    }
    for (const { block, members: own } of open) found.push({ block: block!, members: own });
  }
  return found;
}

interface Cell<T> {
  readonly block?: Cidr;
  readonly members: readonly T[];
  /** Of the first level. */
  readonly blocks: number;
  /** Of the level before. */
  readonly cells: number;
}

function gather<T extends { readonly address: IpAddress }>(cells: readonly Cell<T>[], prefixLength: number): Cell<T>[] {
  const byBlock = new Map<string, { block: Cidr; members: T[]; blocks: number; cells: number }>();
  for (const { members, blocks } of cells) {
    const block = cidrAround(members[0]!.address, prefixLength);
    const key = formatCidr(block);
    const known = byBlock.get(key);
    if (known === undefined) byBlock.set(key, { block, members: [...members], blocks, cells: 1 });
    else {
      for (const member of members) known.members.push(member);
      known.blocks += blocks;
      known.cells += 1;
    }
  }
  return [...byBlock.values()];
}
