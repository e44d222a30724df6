import { type IpSet, noAddresses, subtractIp, unionIp } from "../net/ip-set.ts";
import type { L4Set } from "../net/l4.ts";
import { everyLabel } from "./label-selector.ts";
import type { Destination, RuleList } from "./model.ts";
import { type Partition, partition, type Region } from "./partition.ts";
import type { PartPlace } from "./settle.ts";

export type SymbolicDestination = Exclude<Destination, { kind: "addresses" }>;

/** A rule whose addresses are not known: it may or may not match, wherever its protocols and ports do. */
export interface SymbolicRule {
  readonly index: number;
  readonly to: SymbolicDestination;
  readonly l4: L4Set;
}

export interface CompiledRules extends RuleList {
  readonly partition: Partition;
  /** In list order. */
  readonly symbolic: readonly SymbolicRule[];
  /** Where the list is several that are asked one after another: see `compileParts`. */
  readonly parts?: readonly CompiledPart[];
}

/** One of several lists that are asked in order; its indices begin at `first` in the list of all. */
export interface CompiledPart extends PartPlace {
  readonly list: CompiledRules;
  readonly first: number;
}

export interface CompileOptions {
  /** Addresses the rules never apply to: OVN-Kubernetes cuts the pod subnets out of every CIDR it matches. */
  readonly excluded?: IpSet;
  /** The addresses behind a name or selector; undefined when nobody knows. Default: nothing is known. */
  readonly resolve?: (to: SymbolicDestination) => IpSet | undefined;
  /** Also remember who would decide without the decider; needed by {@link analyse}. */
  readonly withRunnersUp?: boolean;
}

/** Turns a rule list into the partition it stands for. Names and selectors that `resolve` knows become addresses. */
export function compile(list: RuleList, options: CompileOptions = {}): CompiledRules {
  const { excluded = noAddresses, resolve = () => undefined, withRunnersUp = false } = options;
  const regions: Region[] = [];
  const symbolic: SymbolicRule[] = [];
  let inside: IpSet | undefined;
  for (const [index, { to, l4, outsideOnly }] of list.rules.entries()) {
    const addresses = to.kind === "addresses" ? to.addresses : resolve(to);
    if (addresses !== undefined) {
      // Addresses of nodes are matched as they are (policy-semantics 1.3): nothing is cut out of them.
      const matched = to.kind === "nodes" ? addresses : outside(addresses, excluded);
      if (outsideOnly === true) inside ??= insideCluster(resolve);
      regions.push({ index, addresses: outsideOnly === true ? outside(matched, inside!) : matched, l4 });
    } else if (to.kind !== "addresses") symbolic.push({ index, to, l4 });
  }
  return { rules: list.rules, otherwise: list.otherwise, partition: partition(regions, withRunnersUp), symbolic };
}

/** The addresses of all nodes and pods, as far as they are known. */
export function insideCluster(resolve: NonNullable<CompileOptions["resolve"]>): IpSet {
  const nodes = resolve({ kind: "nodes", selector: everyLabel }) ?? noAddresses;
  return unionIp(nodes, resolve({ kind: "pods", namespaces: everyLabel, pods: undefined }) ?? noAddresses);
}

function outside(addresses: IpSet, excluded: IpSet): IpSet {
  return excluded.v4.length + excluded.v6.length === 0 ? addresses : subtractIp(addresses, excluded);
}
