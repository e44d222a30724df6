import * as fc from "fast-check";
import { formatIpSet } from "../../src/core/net/ip-set.ts";
import { formatL4Set, readL4Point } from "../../src/core/net/l4.ts";
import { formatNamePattern, namePattern } from "../../src/core/net/name-pattern.ts";
import type { Destination, LabelSelector, Rule, RuleList } from "../../src/core/policy/model.ts";
import type { Connection } from "../oracle/evaluate.ts";
import { arbitraryIpSet, edgesOfIpSet } from "./address.ts";
import { arbitraryConnectionAt, type Edges } from "./connection.ts";
import { knownNames, worldAddresses } from "./evidence.ts";
import { arbitraryL4Set } from "./l4.ts";

const selectors: readonly LabelSelector[] = [
  { requirements: [] },
  { requirements: [{ key: "zone", operator: "In", values: ["a"] }] },
  { requirements: [{ key: "zone", operator: "Exists", values: [] }] },
  { requirements: [{ key: "zone", operator: "In", values: ["nowhere"] }] },
  {
    requirements: [{ key: "node-role.kubernetes.io/control-plane", operator: "DoesNotExist", values: [] }],
  },
];

export interface RuleListShape {
  /** Only address rules, or names and nodes as well. */
  readonly destinations: "addresses" | "all";
  readonly maxRules: number;
}

function arbitraryDestination({ destinations }: RuleListShape): fc.Arbitrary<Destination> {
  const addresses = arbitraryIpSet().map((set): Destination => ({
    kind: "addresses",
    addresses: set,
  }));
  if (destinations === "addresses") return addresses;
  // The last name is in nobody's evidence.
  const name = fc
    .constantFrom(...Object.keys(knownNames), "unseen.example.com")
    .map((text): Destination => ({ kind: "name", pattern: namePattern(text, "one-label") }));
  const nodes = fc.constantFrom(...selectors).map((selector): Destination => ({ kind: "nodes", selector }));
  return fc.oneof({ weight: 6, arbitrary: addresses }, { weight: 2, arbitrary: name }, { weight: 1, arbitrary: nodes });
}

function describe(to: Destination): string {
  if (to.kind === "addresses") return formatIpSet(to.addresses);
  return to.kind === "name" ? formatNamePattern(to.pattern) : to.kind;
}

/** Rule lists as values of the model, wider than any one kind can write: ranges of ports, sets of both families. */
export function arbitraryRuleList(shape: RuleListShape = { destinations: "all", maxRules: 6 }): fc.Arbitrary<RuleList> {
  const rule = fc.record({
    action: fc.constantFrom("allow" as const, "deny" as const),
    to: arbitraryDestination(shape),
    l4: arbitraryL4Set(),
  });
  return fc
    .record({
      rules: fc.array(rule, { maxLength: shape.maxRules }),
      otherwise: fc.constantFrom("allow" as const, "deny" as const),
    })
    .map(({ rules, otherwise }) => ({
      otherwise,
      rules: rules.map((fields, written): Rule => ({
        ...fields,
        written,
        text: `${fields.action} ${describe(fields.to)} ${formatL4Set(fields.l4)}`,
      })),
    }));
}

/** Edges of the list's own addresses and ports. */
export function edgesOfList({ rules }: RuleList): Edges {
  const isSymbolic = rules.some(({ to }) => to.kind !== "addresses");
  return {
    addresses: [
      ...rules.flatMap(({ to }) => (to.kind === "addresses" ? edgesOfIpSet(to.addresses) : [])),
      ...(isSymbolic ? worldAddresses : []),
    ],
    ports: rules.flatMap(({ l4 }) =>
      l4.flatMap(({ first, last }) => [readL4Point(first).port, readL4Point(last).port]),
    ),
  };
}

export function arbitraryConnectionNear(list: RuleList): fc.Arbitrary<Connection> {
  return arbitraryConnectionAt(edgesOfList(list));
}

/** A list together with connections that aim at it: the usual argument of a differential test. */
export function arbitraryListAndConnections(
  shape?: RuleListShape,
  connections = 20,
): fc.Arbitrary<{ readonly list: RuleList; readonly connections: readonly Connection[] }> {
  return arbitraryRuleList(shape).chain((list) =>
    fc
      .array(arbitraryConnectionNear(list), { minLength: 1, maxLength: connections })
      .map((some) => ({ list, connections: some })),
  );
}
