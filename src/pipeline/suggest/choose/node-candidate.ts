import { formatIp } from "../../../core/net/ip.ts";
import { everyLabel, selects } from "../../../core/policy/label-selector.ts";
import type { LabelSelector } from "../../../core/policy/model.ts";
import type { NodeFacts } from "../../flows/cluster-facts.ts";
import type { Candidate } from "./candidate.ts";
import type { ChooseInput } from "./choose-input.ts";

const rolePrefix = "node-role.kubernetes.io/";

/** Where every address is a node's: the nodes by the smallest role that has them all, else all nodes. */
export function nodeCandidates({ use, abilities, nodes }: ChooseInput): readonly Candidate[] {
  if (!abilities.nodes || nodes.length === 0) return [];
  const nodeOf = new Map(nodes.flatMap((node) => node.addresses.map((address) => [formatIp(address), node] as const)));
  const used = new Set<NodeFacts>();
  for (const { address, prefixLength } of use.edges) {
    const node = prefixLength === undefined ? nodeOf.get(formatIp(address)) : undefined;
    if (node === undefined) return [];
    used.add(node);
  }
  const roles = new Set(nodes.flatMap(({ labels }) => Object.keys(labels).filter((key) => key.startsWith(rolePrefix))));
  const selectors = [...roles]
    .map((key): LabelSelector => ({ requirements: [{ key, operator: "Exists", values: [] }] }))
    .filter((selector) => [...used].every(({ labels }) => selects(selector, labels)))
    .map((selector) => ({ selector, members: nodes.filter(({ labels }) => selects(selector, labels)) }))
    .sort((a, b) => a.members.length - b.members.length || (roleOf(a.selector) < roleOf(b.selector) ? -1 : 1));
  const [best = { selector: everyLabel, members: nodes }] = selectors;
  const opens = best.members.reduce((sum, { addresses }) => sum + addresses.length, 0);
  const who =
    roleOf(best.selector) === "" ? "the nodes of the cluster" : `the nodes with the role ${roleOf(best.selector)}`;
  return [
    {
      kind: "nodes",
      key: roleOf(best.selector),
      title: () => who,
      rules: 1,
      opens,
      addressBits: Math.log2(opens),
      breakage: { day: 0.0005, week: 0.002, share: 0.0005 },
      malus: 0,
      targets: () => [{ kind: "nodes", selector: best.selector }],
      because: () => "every address is a node's, and nodes come and go",
    },
  ];
}

function roleOf({ requirements: [role] }: LabelSelector): string {
  return role?.key.slice(rolePrefix.length) ?? "";
}
