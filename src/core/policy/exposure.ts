import { type IpSet, noAddresses, ranges, subtractIp } from "../net/ip-set.ts";
import type { Family } from "../net/ip.ts";
import { cellEnd, noRule } from "./column.ts";
import type { CompiledRules } from "./compile.ts";
import type { RuleAction } from "./model.ts";
import { familyPartition, rangeEnd } from "./partition.ts";

/**
 * What a rule list leaves open, per family, as the power of two of reachable address × (protocol, port) pairs. TCP, UDP
 * and SCTP count 65,536 ports each, ICMP and "every other protocol" one pair each, so a family that is wide open has
 * 32 + 17.58 (IPv4) or 128 + 17.58 (IPv6). `undefined` means nothing is reachable. What a list passes on is open as far
 * as the list is concerned, so it counts.
 */
export interface Exposure {
  readonly v4: number | undefined;
  readonly v6: number | undefined;
  /** Rules by name or selector that do not deny: their addresses are not known and not counted. */
  readonly unresolvedRules: number;
}

/** @param outOfScope addresses not to count, such as the pod networks, which an egress firewall never filters */
export function exposure(list: CompiledRules, outOfScope: IpSet = noAddresses): Exposure {
  return {
    v4: log2(countAllowed(list, 4, outOfScope)),
    v6: log2(countAllowed(list, 6, outOfScope)),
    unresolvedRules: list.symbolic.filter(({ index }) => list.rules[index]!.action !== "deny").length,
  };
}

function countAllowed(list: CompiledRules, family: Family, outOfScope: IpSet): bigint {
  const own = familyPartition(list.partition, family);
  const openPoints = list.partition.columns.map((column) => {
    let points = 0;
    for (const [cell, index] of column.deciders.entries()) {
      if (actionOf(list, index) !== "deny") points += cellEnd(column, cell) - column.starts[cell]! + 1;
    }
    return BigInt(points);
  });
  let pairs = 0n;
  for (const [range, first] of own.starts.entries()) {
    const open = openPoints[own.columnOf[range]!]!;
    if (open === 0n) continue;
    pairs += open * sizeOutside(family, first, rangeEnd(own, range), outOfScope);
  }
  return pairs;
}

function sizeOutside(family: Family, first: bigint, last: bigint, outOfScope: IpSet): bigint {
  if (ranges(outOfScope, family).length === 0) return last - first + 1n;
  const range = [{ first, last }];
  const left = subtractIp({ v4: family === 4 ? range : [], v6: family === 6 ? range : [] }, outOfScope);
  return ranges(left, family).reduce((sum, piece) => sum + piece.last - piece.first + 1n, 0n);
}

export function actionOf(list: CompiledRules, index: number): RuleAction {
  return index === noRule ? list.otherwise : list.rules[index]!.action;
}

/** log2 of a non-negative whole number of any size, to about 15 digits; undefined for zero. */
export function log2(value: bigint): number | undefined {
  if (value === 0n) return undefined;
  const bits = value.toString(2).length;
  const shift = Math.max(0, bits - 53);
  return Math.log2(Number(value >> BigInt(shift))) + shift;
}
