import { existsSync, readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { arbitraryCalicoDraft } from "../../../test/arbitraries/calico-draft.ts";
import { intervalSet } from "../../core/net/interval-set.ts";
import { allAddresses, intersectIp, ipSetOfAll, isEmptyIp, parseCidr } from "../../core/net/ip-set.ts";
import { anyL4, l4Ports, l4Protocol, type L4Set } from "../../core/net/l4.ts";
import type { CalicoDraft, CalicoDraftRule } from "../../core/policy/kinds/calico/draft.ts";
import { everyLabel, isEverything, labelSelector } from "../../core/policy/label-selector.ts";
import type { Destination } from "../../core/policy/model.ts";
import { readDocuments } from "./documents.ts";
import { manifestPort } from "./manifest-port.ts";
import { printManifest } from "./print.ts";

/** What a draft's rules mean, said in the model's words; rules that match nothing are left out. */
function meaningOf({ rules, sets }: CalicoDraft): readonly object[] {
  return rules.flatMap((rule, written) => {
    const to = placeOf(rule, sets);
    return to === undefined ? [] : [{ action: rule.action, to, l4: trafficOf(rule), written }];
  });
}

function placeOf({ to, protocol }: CalicoDraftRule, sets: CalicoDraft["sets"]): Destination | undefined {
  if (to.kind === "pods") return { kind: "pods", namespaces: everyLabel, pods: everyLabel };
  const chosen =
    to.kind === "everything"
      ? allAddresses
      : ipSetOfAll(
          to.kind === "blocks"
            ? to.cidrs
            : sets.filter(({ labels }) => labels[to.label] === to.value).flatMap(({ cidrs }) => cidrs),
        );
  const family =
    protocol === "icmp"
      ? { v4: allAddresses.v4, v6: [] }
      : protocol === "icmpv6"
        ? { v4: [], v6: allAddresses.v6 }
        : allAddresses;
  const addresses = intersectIp(chosen, family);
  return isEmptyIp(addresses) ? undefined : { kind: "addresses", addresses };
}

function trafficOf({ protocol, ports }: CalicoDraftRule): L4Set {
  if (protocol === undefined) return anyL4;
  if (protocol === "icmp" || protocol === "icmpv6") return [l4Protocol("icmp")];
  return ports.length === 0 ? [l4Protocol(protocol)] : intervalSet(ports.map((port) => l4Ports(protocol, port)));
}

test("what is printed is read back as what was meant", () => {
  fc.assert(
    fc.property(arbitraryCalicoDraft(), (draft) => {
      const { policy, findings } = manifestPort.read(printManifest(draft));
      expect(findings).toEqual([]);
      expect(policy).toMatchObject({
        kind: draft.kind,
        namespace: draft.namespace,
        name: draft.name,
        isolates: true,
        notApplied: undefined,
        otherwise: "deny",
        place: { tier: "default", tierOrder: 1_000_000, order: draft.order },
      });
      expect(policy?.rules.map(({ action, to, l4, written }) => ({ action, to, l4, written }))).toEqual(
        meaningOf(draft),
      );
      const pods = draft.kind === "CalicoNetworkPolicy" ? policy?.podSelector : policy?.subject?.pods;
      expect(pods).toEqual(isEverything(draft.pods) ? undefined : draft.pods);
      if (draft.kind === "CalicoGlobalNetworkPolicy")
        expect(policy?.subject?.namespaces).toEqual(isEverything(draft.namespaces) ? undefined : draft.namespaces);
    }),
    { numRuns: 500 },
  );
});

const example: CalicoDraft = {
  kind: "CalicoNetworkPolicy",
  namespace: "payments",
  name: "postern-egress",
  order: 1000,
  pods: labelSelector([
    { key: "app", operator: "In", values: ["pay", "refund"] },
    { key: "tier", operator: "Exists", values: [] },
    { key: "zone", operator: "NotIn", values: ["edge"] },
  ]),
  comment: ["one line"],
  rules: [
    {
      action: "deny",
      protocol: undefined,
      ports: [],
      to: { kind: "blocks", cidrs: [cidr("169.254.169.254/32")] },
      comment: ["guardrail"],
    },
    { action: "allow", protocol: undefined, ports: [], to: { kind: "pods" }, comment: [] },
    {
      action: "allow",
      protocol: "tcp",
      ports: [443, 8443],
      to: { kind: "sets", label: "postern-egress", value: "payments-stripe" },
      comment: ["why"],
    },
    {
      action: "allow",
      protocol: "icmpv6",
      ports: [],
      to: { kind: "blocks", cidrs: [cidr("2001:db8::/32")] },
      comment: [],
    },
    { action: "deny", protocol: undefined, ports: [], to: { kind: "everything" }, comment: [] },
  ],
  sets: [
    {
      name: "postern-payments-stripe",
      labels: { "postern-egress": "payments-stripe" },
      cidrs: [cidr("192.0.2.0/25"), cidr("2001:db8:1::/48")],
      comment: ["two blocks"],
    },
  ],
};

function cidr(text: string): CalicoDraft["sets"][number]["cidrs"][number] {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

test("a policy and its network set as people read them", async () => {
  await expect(printManifest(example)).toMatchFileSnapshot("../../../test/golden/print/calico-network-policy.yaml");
});

describe("the API server's own schema", () => {
  const folder = new URL("../../../../shared/crds/", import.meta.url);
  const files = {
    NetworkPolicy: "projectcalico.org_networkpolicies.yaml",
    GlobalNetworkPolicy: "projectcalico.org_globalnetworkpolicies.yaml",
    GlobalNetworkSet: "projectcalico.org_globalnetworksets.yaml",
  } as const;

  test.skipIf(!existsSync(new URL(files.NetworkPolicy, folder)))("accepts every printed object", () => {
    const ajv = new Ajv({ strict: false, formats: { int32: true } });
    const schemaOf = (file: string): ValidateFunction => {
      const crd = parse(readFileSync(new URL(file, folder), "utf8")) as {
        spec: { versions: { schema: { openAPIV3Schema: object } }[] };
      };
      return ajv.compile(closed(crd.spec.versions[0]!.schema.openAPIV3Schema) as object);
    };
    const validators = new Map(Object.entries(files).map(([kind, file]) => [kind, schemaOf(file)]));
    fc.assert(
      fc.property(arbitraryCalicoDraft(), (draft) => {
        const { documents, errors } = readDocuments("printed.yaml", printManifest(draft));
        expect(errors).toEqual([]);
        expect(documents).toHaveLength(draft.sets.length + 1);
        for (const { value } of documents) {
          const validate = validators.get((value as { kind: string }).kind)!;
          expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Objects with listed properties take no others: an API server drops what it does not know, which must never be printed. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const own: { readonly type?: unknown } = Object.fromEntries(
    Object.entries(schema).map(([key, part]) => [key, closed(part)]),
  );
  return "properties" in own && own.type === "object" ? { ...own, additionalProperties: false } : own;
}
