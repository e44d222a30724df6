import { intersect, type IntervalSet } from "../../net/interval-set.ts";
import { type Cidr, type IpSet, lastOf, ranges } from "../../net/ip-set.ts";
import { type Family, familyBits } from "../../net/ip.ts";

/** A block without some smaller blocks inside it. */
export interface BlockWithExceptions {
  readonly cidr: Cidr;
  readonly except: readonly Cidr[];
}

/** Few blocks with exceptions that are exactly the set: fewer to read than plain blocks where a set has small holes. */
export function coverWithExceptions(addresses: IpSet, family: Family): readonly BlockWithExceptions[] {
  return coverBlock({ family, first: 0n, prefixLength: 0 }, ranges(addresses, family)).blocks;
}

interface Cover {
  readonly blocks: readonly BlockWithExceptions[];
  /** Blocks and exceptions together. */
  readonly written: number;
  /** The rest of the block, as plain blocks. */
  readonly outside: readonly Cidr[];
}

/** Either the covers of both halves, or the whole block with what is outside as exceptions: what takes less to write. */
function coverBlock(cidr: Cidr, set: IntervalSet<bigint>): Cover {
  const inside = intersect(set, [{ first: cidr.first, last: lastOf(cidr) }]);
  if (inside.length === 0) return { blocks: [], written: 0, outside: [cidr] };
  if (inside[0]!.first === cidr.first && inside[0]!.last === lastOf(cidr)) {
    return { blocks: [{ cidr, except: [] }], written: 1, outside: [] };
  }
  const [low, high] = halvesOf(cidr).map((half) => coverBlock(half, inside)) as [Cover, Cover];
  const outside = [...low.outside, ...high.outside];
  const written = low.written + high.written;
  if (1 + outside.length < written)
    return { blocks: [{ cidr, except: outside }], written: 1 + outside.length, outside };
  return { blocks: [...low.blocks, ...high.blocks], written, outside };
}

function halvesOf({ family, first, prefixLength }: Cidr): readonly [Cidr, Cidr] {
  const longer = prefixLength + 1;
  const half = 1n << BigInt(familyBits[family] - longer);
  return [
    { family, first, prefixLength: longer },
    { family, first: first + half, prefixLength: longer },
  ];
}
