import {
  type Cidr,
  formatCidr,
  type IpSet,
  ipSetOf,
  isEmptyIp,
  lastOf,
  overlapsIp,
  subtractIp,
  toCidrs,
} from "../../../core/net/ip-set.ts";
import { formatNamePattern, matchesName } from "../../../core/net/name-pattern.ts";
import type { Port } from "../../baseline/port.ts";
import type { NameBook } from "../../baseline/statistics/name-book.ts";
import type { Edge } from "../../flows/edge.ts";
import { edgesByBlock } from "../needs.ts";
import type { Choice, KindAbilities, Need } from "./choice.ts";

/** What must stay shut although a form may hold it. */
export interface Shut {
  readonly addresses: IpSet;
}

/**
 * Choices as needs: one per target, in the order of the choices, names before blocks. A block that another one with the same
 * ports holds is left out, and its traffic counts there. Where the kind cannot deny first, blocks are cut around what must
 * stay shut.
 */
export function writeNeeds(
  choices: readonly Choice[],
  { addresses: shut }: Shut,
  abilities: KindAbilities,
  book: NameBook,
): readonly Need[] {
  const all = choices.flatMap((choice) => needsOfChoice(choice, shut, abilities, book));
  return withoutHeld(all);
}

function needsOfChoice(choice: Choice, shut: IpSet, abilities: KindAbilities, book: NameBook): readonly Need[] {
  const { use, form } = choice;
  const ports = abilities.ports ? use.ports : [];
  const inBlock = form.targets.some(({ kind }) => kind === "cidr") ? edgesByBlock(use.edges) : () => [];
  return form.targets.flatMap((to): readonly Need[] => {
    if (to.kind === "nodes") return [{ to, ports, edges: use.edges, choice }];
    if (to.kind === "name") {
      const edges = use.edges.filter((edge) => isFor(to.pattern, edge, book));
      return [{ to, ports, edges, choice }];
    }
    const edges = inBlock(to.cidr);
    if (abilities.denies) return [{ to, ports, edges, choice }];
    return openParts(to.cidr, shut).map((cidr) => ({
      to: { kind: "cidr", cidr },
      ports,
      edges: cidr === to.cidr ? edges : inBlock(cidr),
      choice,
    }));
  });
}

function isFor(pattern: Parameters<typeof matchesName>[0], { names, address }: Edge, book: NameBook): boolean {
  return (
    names.some((name) => matchesName(pattern, name)) || book.namesAt(address).some((name) => matchesName(pattern, name))
  );
}

function openParts(cidr: Cidr, shut: IpSet): readonly Cidr[] {
  const block = ipSetOf(cidr);
  if (isEmptyIp(shut) || !overlapsIp(block, shut)) return [cidr];
  return toCidrs(subtractIp(block, shut));
}

function withoutHeld(needs: readonly Need[]): readonly Need[] {
  const same = new Map<string, Need>();
  const merged = new Map<Need, Need>();
  for (const need of needs) {
    const key = `${need.to.kind === "cidr" ? formatCidr(need.to.cidr) : need.to.kind === "name" ? formatNamePattern(need.to.pattern) : JSON.stringify(need.to.selector)} ${portsKey(need.ports)}`;
    const known = same.get(key);
    if (known === undefined) same.set(key, need);
    else merged.set(need, known);
  }
  const blocks = [...same.values()].filter(({ to }) => to.kind === "cidr").sort(byBlock);
  const around: Need[] = [];
  for (const need of blocks) {
    const cidr = blockOfNeed(need);
    while (around.length > 0 && !isInside(cidr, blockOfNeed(around.at(-1)!))) around.pop();
    const holder = around.find(({ ports }) => holdsPorts(ports, need.ports));
    if (holder !== undefined) merged.set(need, holder);
    around.push(need);
  }
  const added = new Map<Need, Edge[]>();
  for (const [need, direct] of merged) {
    let holder = direct;
    while (merged.has(holder)) holder = merged.get(holder)!;
    const known = added.get(holder);
    if (known === undefined) added.set(holder, [...need.edges]);
    else for (const edge of need.edges) known.push(edge);
  }
  return needs
    .filter((need) => !merged.has(need))
    .map((need) => {
      const more = added.get(need);
      return more === undefined ? need : { ...need, edges: [...new Set([...need.edges, ...more])] };
    });
}

function blockOfNeed({ to }: Need): Cidr {
  if (to.kind !== "cidr") throw new TypeError("a need without a block");
  return to.cidr;
}

function byBlock(a: Need, b: Need): number {
  const [x, y] = [blockOfNeed(a), blockOfNeed(b)];
  return x.family - y.family || (x.first < y.first ? -1 : x.first > y.first ? 1 : x.prefixLength - y.prefixLength);
}

function isInside(inner: Cidr, outer: Cidr): boolean {
  return inner.family === outer.family && inner.first >= outer.first && lastOf(inner) <= lastOf(outer);
}

/** No ports stand for all. */
function holdsPorts(outer: readonly Port[], inner: readonly Port[]): boolean {
  if (outer.length === 0) return true;
  if (inner.length === 0) return false;
  return inner.every((port) => outer.some((own) => own.port === port.port && own.protocol === port.protocol));
}

function portsKey(ports: readonly Port[]): string {
  return ports.map(({ protocol, port }) => `${protocol}/${port}`).join();
}
