import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findingCatalogue, type FindingCode } from "./findings/catalogue.ts";
import { manifestKindOf, policyApiVersions } from "./kinds/header.ts";
import { manifestForTest } from "./kinds/manifest-for-test.ts";
import { policyKindOf, readPolicy } from "./read-policy.ts";

/** Objects near the kinds' own shape: the known field names, with anything below them. */
const words = fc.constantFrom<unknown>(
  "Allow",
  "Deny",
  "Allowed",
  "TCP",
  "TCPx",
  "10.0.0.0/8",
  "::/0",
  "1.2.3.4",
  "*.a.b",
  "Egress",
  "Pass",
  "has(a)",
  "a == 'b'",
  "global()",
  "1:2",
  "In",
  443,
  0,
  -1,
  1e300,
  null,
  "",
  "\u0000",
  {},
  [],
);
const nearly = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "medium" },
    words,
    fc.jsonValue(),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc.dictionary(
    fc.constantFrom(
      "spec",
      "egress",
      "type",
      "to",
      "ports",
      "port",
      "protocol",
      "endPort",
      "cidrSelector",
      "dnsName",
      "nodeSelector",
      "matchLabels",
      "matchExpressions",
      "key",
      "operator",
      "values",
      "ipBlock",
      "cidr",
      "except",
      "podSelector",
      "namespaceSelector",
      "policyTypes",
      "metadata",
      "name",
      "namespace",
      "labels",
      "action",
      "destination",
      "nets",
      "notNets",
      "notPorts",
      "notSelector",
      "notProtocol",
      "selector",
      "services",
      "domains",
      "source",
      "tier",
      "order",
      "types",
      "toCIDR",
      "toCIDRSet",
      "toEndpoints",
      "toEntities",
      "toFQDNs",
      "toServices",
      "toNodes",
      "toPorts",
      "rules",
      "dns",
      "icmps",
      "matchName",
      "matchPattern",
      "__proto__",
      "constructor",
    ),
    tie("value"),
    { maxKeys: 6, noNullPrototype: false },
  ),
}));
const kinds = fc.constantFrom(
  "EgressFirewall",
  "EgressNetworkPolicy",
  "NetworkPolicy",
  "CalicoNetworkPolicy",
  "CalicoGlobalNetworkPolicy",
  "CiliumNetworkPolicy",
  "CiliumClusterwideNetworkPolicy" as const,
);

describe("reading", () => {
  test("never throws and only reports catalogued findings", () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.tuple(kinds, nearly.object).map(([kind, object]) => ({
        ...(object as object),
        apiVersion: policyApiVersions[kind],
        kind: manifestKindOf(kind),
      })),
      fc.tuple(kinds, nearly.object).map(([kind, rule]) => ({
        apiVersion: policyApiVersions[kind],
        kind: manifestKindOf(kind),
        metadata: { name: "default", namespace: "shop" },
        spec: { egress: [rule] },
      })),
    );
    fc.assert(
      fc.property(value, (object) => {
        const read = readPolicy(manifestForTest(object));
        for (const { code, severity } of read?.findings ?? []) {
          expect(findingCatalogue[code as FindingCode]?.severity).toBe(severity);
        }
        const blocks = (read?.findings ?? []).some(
          ({ code }) => findingCatalogue[code as FindingCode].consequence !== "kept",
        );
        if (read?.policy !== undefined) expect(read.policy.notApplied !== undefined).toBe(blocks);
        for (const { written } of read?.policy?.rules ?? []) {
          expect(read?.policy?.ruleLocations[written]).toBeDefined();
        }
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    [{ apiVersion: "k8s.ovn.org/v1", kind: "EgressFirewall" }, "EgressFirewall"],
    [{ apiVersion: "k8s.ovn.org", kind: "egressFirewall" }, "EgressFirewall"],
    [{ kind: "EgressFirewall" }, "EgressFirewall"],
    [{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" }, "NetworkPolicy"],
    [{ apiVersion: "extensions/v1beta1", kind: "NetworkPolicy" }, "NetworkPolicy"],
    [{ apiVersion: "projectcalico.org/v3", kind: "NetworkPolicy" }, "CalicoNetworkPolicy"],
    [{ apiVersion: "crd.projectcalico.org/v1", kind: "GlobalNetworkPolicy" }, "CalicoGlobalNetworkPolicy"],
    [{ apiVersion: "example.com/v1", kind: "NetworkPolicy" }, undefined],
    [{ apiVersion: "apps/v1", kind: "Deployment" }, undefined],
    [{ apiVersion: "v1", kind: "List" }, undefined],
    ["text", undefined],
    [null, undefined],
  ])("%j is meant as %s", (value, kind) => expect(policyKindOf(value)).toBe(kind));
});
