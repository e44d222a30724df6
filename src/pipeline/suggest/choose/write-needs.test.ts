import { expect, test } from "vitest";
import { edgeForTest } from "../../../../test/arbitraries/edge.ts";
import { noAddresses } from "../../../core/net/ip-set.ts";
import { nameBook } from "../../baseline/statistics/name-book.ts";
import type { Edge } from "../../flows/edge.ts";
import type { Choice, KindAbilities } from "./choice.ts";
import { writeNeeds } from "./write-needs.ts";

const abilities: KindAbilities = { names: "exact", nodes: true, ports: true, ipv6: true, denies: true, maxRules: 8000 };
const some = edgeForTest("shop/Deployment/cart tcp 10.0.0.1:443");

/** Of a service whose form is 10/8. */
function choiceFor(edges: readonly Edge[]): Choice {
  const cidr = { family: 4 as const, first: 10n << 24n, prefixLength: 8 };
  const use = { edges, ports: [{ protocol: "tcp", port: 443 }] };
  return { use, form: { targets: [{ kind: "cidr", cidr }] } } as unknown as Choice;
}

test("services of any size that need the same block share one need", () => {
  const many = Array.from({ length: 130_000 }, (_, i): Edge => ({
    ...some,
    address: { family: 4, value: (10n << 24n) + BigInt(i) },
  }));
  const choices = [[some], [{ ...some }], many].map(choiceFor);
  const [need, ...others] = writeNeeds(choices, { addresses: noAddresses }, abilities, nameBook([]));
  expect(others).toEqual([]);
  expect(need!.edges).toHaveLength(130_002);
});
