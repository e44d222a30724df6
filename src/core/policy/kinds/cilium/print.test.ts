import * as fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryCiliumDraft } from "../../../../../test/arbitraries/draft-cilium.ts";
import { intervalSet } from "../../../net/interval-set.ts";
import { allAddresses, ipSetOf, subtractIp } from "../../../net/ip-set.ts";
import { anyL4, type L4Set, l4Ports } from "../../../net/l4.ts";
import { globPattern } from "../../../net/name-pattern.ts";
import type { CiliumDraftDestination, CiliumDraftPort, CiliumPolicyDraft } from "../../draft-cilium.ts";
import { everyLabel } from "../../label-selector.ts";
import type { Destination, Rule } from "../../model.ts";
import { readPolicy } from "../../read-policy.ts";
import { manifestForTest } from "../manifest-for-test.ts";
import { endpointSelectorOf } from "./labels.ts";
import { printCiliumPolicy } from "./print.ts";
import { schemaErrors } from "./schema.test-support.ts";

type Meaning = Pick<Rule, "action" | "to" | "l4" | "written"> & { readonly outsideOnly: boolean };

/** What a draft means, said in the model's words. */
function meaningOf(draft: CiliumPolicyDraft): readonly Meaning[] {
  return draft.rules.flatMap(({ action, to, ports }, written) => {
    const l4 = ports.length === 0 ? anyL4 : intervalSet(ports.flatMap(pointsOf));
    // Neither destinations nor ports: such a rule matches nothing.
    if (to === undefined && ports.length === 0) return [];
    const meant = to === undefined ? [[everything, false] as const] : destinationsOf(to, draft.namespace === "");
    return meant.map(([destination, outsideOnly]) => ({ action, to: destination, l4, written, outsideOnly }));
  });
}

const everything: Destination = { kind: "addresses", addresses: allAddresses };

function destinationsOf(
  to: CiliumDraftDestination,
  isClusterWide: boolean,
): readonly (readonly [Destination, boolean])[] {
  switch (to.kind) {
    case "blocks":
      return to.blocks.map(({ cidr, except }) => [
        { kind: "addresses", addresses: subtractIp(ipSetOf(cidr), ipSetOf(...except)) },
        true,
      ]);
    case "names":
      return to.patterns.map((pattern) => [{ kind: "name", pattern }, true]);
    case "endpoints":
      return to.selectors.map((selector) => {
        const { namespaces = isClusterWide ? everyLabel : undefined, pods } = endpointSelectorOf(selector);
        return [{ kind: "pods", namespaces, pods }, false];
      });
    case "entities": {
      const found: (readonly [Destination, boolean])[] = [];
      const add = (destination: Destination, outsideOnly = false): void => {
        // Nodes are nodes, whichever entity they are.
        const isKnown = found.some(([known]) => known.kind === destination.kind && known.kind === "nodes");
        if (!isKnown) found.push([destination, outsideOnly]);
      };
      for (const entity of to.entities) {
        if (entity === "world" || entity === "all") add(everything, entity === "world");
        else if (entity === "kube-apiserver") add({ kind: "api-server" });
        else {
          if (entity === "cluster") add({ kind: "pods", namespaces: everyLabel, pods: undefined });
          add({ kind: "nodes", selector: everyLabel });
        }
      }
      return found;
    }
    default:
      return to satisfies never;
  }
}

function pointsOf({ protocol, port, endPort = port }: CiliumDraftPort): L4Set {
  return (protocol === "any" ? (["tcp", "udp", "sctp"] as const) : [protocol]).map((one) =>
    l4Ports(one, port, endPort),
  );
}

test("what is printed is read back as what was meant, and the API takes it", () => {
  fc.assert(
    fc.property(arbitraryCiliumDraft(), (draft) => {
      const { value } = printCiliumPolicy(draft);
      expect(schemaErrors(value)).toEqual([]);
      const read = readPolicy(manifestForTest(value))!;
      const own = read.findings.filter(({ severity }) => severity === "error");
      expect(own).toEqual([]);
      const { namespaces, pods } = endpointSelectorOf(draft.endpointSelector);
      const podSelector = pods.requirements.length === 0 ? undefined : pods;
      const subject =
        draft.kind === "CiliumNetworkPolicy"
          ? { podSelector }
          : { podSelector: undefined, subject: { namespaces, pods: podSelector } };
      const policy = read.policy!;
      expect(policy).toMatchObject({
        kind: draft.kind,
        namespace: draft.namespace,
        name: draft.name,
        isolates: true,
        otherwise: "deny",
        notApplied: undefined,
        ...subject,
      });
      expect(
        policy.rules.map(({ action, to, l4, written, outsideOnly = false }) => ({
          action,
          to,
          l4,
          written,
          outsideOnly,
        })),
      ).toEqual(meaningOf(draft));
    }),
    { numRuns: 400 },
  );
});

test("41 ports are two entries of at most 40, and every entry has the DNS rule", () => {
  const ports = Array.from({ length: 41 }, (_, i) => ({ protocol: "udp" as const, port: i + 1 }));
  const { value } = printCiliumPolicy({
    kind: "CiliumNetworkPolicy",
    namespace: "shop",
    name: "egress",
    comment: [],
    endpointSelector: everyLabel,
    rules: [{ action: "allow", to: undefined, ports, asked: [globPattern("*")], comment: [] }],
  });
  const { egress } = value.spec as unknown as { egress: { toPorts: { ports: object[]; rules: object }[] }[] };
  expect(egress[0]!.toPorts.map(({ ports: own, rules }) => [own.length, rules])).toEqual([
    [40, { dns: [{ matchPattern: "*" }] }],
    [1, { dns: [{ matchPattern: "*" }] }],
  ]);
});

test("without rules that allow, an empty one isolates and matches nothing", () => {
  const { value } = printCiliumPolicy({
    kind: "CiliumNetworkPolicy",
    namespace: "shop",
    name: "egress",
    comment: [],
    endpointSelector: everyLabel,
    rules: [],
  });
  expect(value.spec).toEqual({ endpointSelector: {}, egress: [{}] });
});
