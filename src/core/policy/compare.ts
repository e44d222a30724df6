import { union } from "../net/interval-set.ts";
import { containsIp, type IpSet, ipSetKey } from "../net/ip-set.ts";
import type { IpAddress } from "../net/ip.ts";
import { hasOutsideRules, insideView, outsideView } from "./cluster-views.ts";
import { type CommonCell, commonCells } from "./common-cells.ts";
import { compareNamed } from "./compare-named.ts";
import { compareTiers } from "./compare-tiers.ts";
import type { CompiledRules } from "./compile.ts";
import { type AddressDifference, type Comparison, deciderOf, type Difference, examplePoint } from "./difference.ts";
import { actionOf } from "./exposure.ts";

/**
 * Everything two rule lists decide differently; empty and complete means they are equal for every connection, whatever
 * the names and selectors in them stand for. Address differences speak of addresses that no named destination stands
 * for; the named ones of the addresses behind a name or selector. Order: allowed first, then by example. Lists of one
 * policy are always compared completely, lists of several tiers up to a limit (see {@link compareTiers}).
 */
export function compareFully(before: CompiledRules, after: CompiledRules): Comparison {
  if (!hasOutsideRules(before) && !hasOutsideRules(after)) return compareView(before, after);
  const views = [
    compareView(outsideView(before), outsideView(after)),
    compareView(insideView(before), insideView(after)),
  ] as const;
  return {
    differences: joinViews(views[0].differences, views[1].differences),
    isComplete: views.every((view) => view.isComplete),
  };
}

/** The differences {@link compareFully} finds. */
export function compare(before: CompiledRules, after: CompiledRules): readonly Difference[] {
  return compareFully(before, after).differences;
}

/** Whether two lists decide alike for every connection; false, too, where there is too much to look at. */
export function areProvenEqual(before: CompiledRules, after: CompiledRules): boolean {
  const comparison = compareFully(before, after);
  return comparison.differences.length === 0 && comparison.isComplete;
}

function joinViews(outside: readonly Difference[], own: readonly Difference[]): readonly Difference[] {
  const inside = own.map(insideDifference);
  // A rule for every address changes both at once, which is told once.
  const isTold = ({ change, before, after }: Difference): boolean =>
    outside.some((other) => other.change === change && other.before === before && other.after === after);
  return [...outside, ...inside.filter((difference) => !isTold(difference))].sort((x, y) =>
    sortKey(x) < sortKey(y) ? -1 : 1,
  );
}

const clusterItself = "pods and nodes of the cluster";

/** What is said of addresses where only those of pods and nodes are meant. */
function insideDifference(difference: Difference): Difference {
  if (difference.to === "named") return difference;
  const { example, ...rest } = difference;
  return {
    ...rest,
    to: "named",
    destinations: [clusterItself],
    destination: clusterItself,
    example: { name: clusterItself, l4: example.l4 },
  };
}

function compareView(before: CompiledRules, after: CompiledRules): Comparison {
  const classes = commonCells(before, after);
  const changed = classes.filter(({ a, b }) => actionOf(before, a) !== actionOf(after, b));
  const differences: Difference[] = joinByAddresses(changed).map((joined) => differenceOf(joined, after));
  const hasParts = before.parts !== undefined || after.parts !== undefined;
  let isComplete = true;
  if (before.symbolic.length + after.symbolic.length > 0) {
    const named: Comparison = hasParts
      ? compareTiers(before, after)
      : { differences: compareNamed(before, after, classes), isComplete: true };
    differences.push(...named.differences);
    ({ isComplete } = named);
  }
  return { differences: differences.sort((x, y) => (sortKey(x) < sortKey(y) ? -1 : 1)), isComplete };
}

/** One change is told once: cells of the same two deciders and the same addresses become one. */
function joinByAddresses(cells: readonly CommonCell[]): readonly CommonCell[] {
  const joined = new Map<string, CommonCell>();
  for (const cell of cells) {
    const key = `${cell.a} ${cell.b} ${ipSetKey(cell.addresses)}`;
    const known = joined.get(key);
    joined.set(key, known === undefined ? cell : { ...known, l4: union(known.l4, cell.l4) });
  }
  return [...joined.values()];
}

function differenceOf({ a, b, addresses, l4 }: CommonCell, after: CompiledRules): AddressDifference {
  return {
    change: actionOf(after, b) === "allow" ? "newly allowed" : "newly denied",
    to: "addresses",
    addresses,
    l4,
    before: deciderOf(a),
    after: deciderOf(b),
    example: { address: exampleAddress(addresses), l4: examplePoint(l4) },
  };
}

/** A documentation address where there is one, otherwise the lowest that somebody could dial, otherwise the lowest. */
function exampleAddress(addresses: IpSet): IpAddress {
  const familiar: readonly IpAddress[] = [
    { family: 4, value: 0xc0000201n }, // 192.0.2.1
    { family: 6, value: (0x20010db8n << 96n) | 1n }, // 2001:db8::1
    { family: 4, value: 0x01000001n }, // 1.0.0.1, behind "this network" (RFC 1122)
    { family: 6, value: (0x2000n << 112n) | 1n }, // 2000::1, the first of global unicast (RFC 4291)
  ];
  const known = familiar.find((address) => containsIp(addresses, address));
  if (known !== undefined) return known;
  return addresses.v4.length > 0
    ? { family: 4, value: addresses.v4[0]!.first }
    : { family: 6, value: addresses.v6[0]!.first };
}

function sortKey(difference: Difference): string {
  const where =
    difference.to === "addresses"
      ? `1 ${difference.example.address.family} ${difference.example.address.value.toString().padStart(39, "0")}`
      : `2 ${difference.destination}`;
  return `${difference.change === "newly allowed" ? 1 : 2} ${where} ${difference.l4[0]!.first.toString().padStart(6, "0")}`;
}
