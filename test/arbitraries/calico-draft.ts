/** Random drafts of Calico's kinds, with the network sets that their rules point to. */
import * as fc from "fast-check";
import type {
  CalicoDraft,
  CalicoDraftDestination,
  CalicoDraftRule,
  CalicoNetworkSetDraft,
} from "../../src/core/policy/kinds/calico/draft.ts";
import { arbitraryCidr } from "./address.ts";
import { arbitraryLabelSelector } from "./draft.ts";
import { arbitraryPort } from "./l4.ts";

const comment = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constant("a: b")), { maxLength: 2 });
const setNames = ["banks", "on", "1"] as const;
const setOf = (name: (typeof setNames)[number]): fc.Arbitrary<CalicoNetworkSetDraft> =>
  fc.record({
    name: fc.constant(`postern-${name}`),
    labels: fc.constant({ "postern-egress": name }),
    cidrs: fc.uniqueArray(arbitraryCidr(), {
      maxLength: 4,
      selector: ({ first, prefixLength }) => `${first} ${prefixLength}`,
    }),
    comment,
  });

const to: fc.Arbitrary<CalicoDraftDestination> = fc.oneof(
  fc.constant({ kind: "everything" } as const),
  fc.constant({ kind: "pods" } as const),
  fc.array(arbitraryCidr(), { minLength: 1, maxLength: 4 }).map((cidrs) => ({ kind: "blocks", cidrs }) as const),
  fc.constantFrom(...setNames).map((value) => ({ kind: "sets", label: "postern-egress", value }) as const),
);
const rule: fc.Arbitrary<CalicoDraftRule> = fc.oneof(
  fc.record({
    action: fc.constantFrom("allow", "deny"),
    protocol: fc.constantFrom("tcp", "udp", "sctp"),
    ports: fc.array(arbitraryPort(), { maxLength: 3 }),
    to,
    comment,
  }),
  fc.record({
    action: fc.constantFrom("allow", "deny"),
    protocol: fc.constantFrom(undefined, "icmp", "icmpv6"),
    ports: fc.constant([]),
    to,
    comment,
  }),
);

export function arbitraryCalicoDraft(): fc.Arbitrary<CalicoDraft> {
  const parts = {
    order: fc.integer({ min: 0, max: 2000 }),
    pods: arbitraryLabelSelector(),
    rules: fc.array(rule, { maxLength: 5 }),
    sets: fc.tuple(...setNames.map(setOf)),
    comment,
  };
  return fc.oneof(
    fc.record({
      kind: fc.constant("CalicoNetworkPolicy"),
      namespace: fc.constantFrom("shop", "on", "123"),
      name: fc.constantFrom("egress", "postern-egress"),
      ...parts,
    }),
    fc.record({
      kind: fc.constant("CalicoGlobalNetworkPolicy"),
      namespace: fc.constant(""),
      name: fc.constantFrom("egress", "postern-egress-shop"),
      namespaces: arbitraryLabelSelector(),
      ...parts,
    }),
  );
}
