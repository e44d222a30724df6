import { existsSync, readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { arbitraryDraft, type NamespaceDraft } from "../../../test/arbitraries/draft.ts";
import { intervalSet } from "../../core/net/interval-set.ts";
import { type Cidr, ipSetOf, parseCidr, subtractIp } from "../../core/net/ip-set.ts";
import { anyL4, l4Ports, l4Protocol, type L4Set } from "../../core/net/l4.ts";
import { namePattern } from "../../core/net/name-pattern.ts";
import type { EgressFirewallDraft, NetworkPolicyDraftPort } from "../../core/policy/draft.ts";
import { labelSelector } from "../../core/policy/label-selector.ts";
import type { Manifest } from "../../core/policy/manifest.ts";
import type { Action, Destination } from "../../core/policy/model.ts";
import { readPolicy } from "../../core/policy/read-policy.ts";
import { readDocuments } from "./documents.ts";
import { locateIn } from "./places.ts";
import { printManifest } from "./print.ts";

interface Meaning {
  readonly action: Action;
  readonly to: Destination;
  readonly l4: L4Set;
  readonly written: number;
}

/** What a draft means, said in the model's words. */
function meaningOf(draft: NamespaceDraft): readonly Meaning[] {
  if (draft.kind === "NetworkPolicy") {
    return draft.rules.flatMap(({ to, ports }, written) => {
      const destinations = to.map((peer): Destination => {
        if (peer.kind === "pods") return { kind: "pods", namespaces: peer.namespaces, pods: peer.pods };
        return { kind: "addresses", addresses: subtractIp(ipSetOf(peer.cidr), ipSetOf(...peer.except)) };
      });
      const everywhere: Destination = { kind: "addresses", addresses: ipSetOf(cidr("0.0.0.0/0"), cidr("::/0")) };
      const l4 = ports.length === 0 ? anyL4 : intervalSet(ports.map(pointsOf));
      return (to.length === 0 ? [everywhere] : destinations).map((destination) => ({
        action: "allow",
        to: destination,
        l4,
        written,
      }));
    });
  }
  return draft.rules.map((rule, written) => {
    const { to, action } = rule;
    const ports = "ports" in rule ? rule.ports : [];
    const l4 = ports.length === 0 ? anyL4 : intervalSet(ports.map(({ protocol, port }) => l4Ports(protocol, port)));
    return { action, to: to.kind === "cidr" ? { kind: "addresses", addresses: ipSetOf(to.cidr) } : to, l4, written };
  });
}

function pointsOf({ protocol, port, endPort = port }: NetworkPolicyDraftPort): ReturnType<typeof l4Ports> {
  return port === undefined ? l4Protocol(protocol) : l4Ports(protocol, port, endPort);
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function readBack(text: string): Manifest {
  const { documents, errors, lines } = readDocuments("printed.yaml", text);
  expect(errors).toEqual([]);
  expect(documents).toHaveLength(1);
  return { value: documents[0]!.value, locate: locateIn("printed.yaml", lines, documents[0]!) };
}

test("what is printed is read back as what was meant", () => {
  fc.assert(
    fc.property(arbitraryDraft(), (draft) => {
      const manifest = readBack(printManifest(draft));
      const read = readPolicy(manifest, { dnsNameResolver: true });
      expect(read?.findings.filter(({ severity }) => severity === "error")).toEqual([]);
      const policy = read!.policy!;
      expect(policy).toMatchObject({
        kind: draft.kind,
        namespace: draft.namespace,
        name: draft.name,
        isolates: true,
        notApplied: undefined,
      });
      expect(policy.rules.map(({ action, to, l4, written }) => ({ action, to, l4, written }))).toEqual(
        meaningOf(draft),
      );
      if (draft.kind === "NetworkPolicy") expect(policy.podSelector ?? labelSelector([])).toEqual(draft.podSelector);
      expect((manifest.value as { metadata: object }).metadata).toEqual({
        name: draft.name,
        namespace: draft.namespace,
        ...(Object.keys(draft.labels ?? {}).length === 0 ? {} : { labels: { ...draft.labels } }),
        ...(Object.keys(draft.annotations ?? {}).length === 0 ? {} : { annotations: { ...draft.annotations } }),
      });
    }),
    { numRuns: 1000 },
  );
});

test("readers of YAML 1.1 and 1.2 see the same in it", () => {
  fc.assert(
    fc.property(arbitraryDraft(), (draft) => {
      const text = printManifest(draft);
      expect(parse(text, { version: "1.1" })).toEqual(readBack(text).value);
      expect(parse(text, { version: "1.2" })).toEqual(readBack(text).value);
    }),
  );
});

const everything: EgressFirewallDraft = {
  kind: "EgressFirewall",
  namespace: "payments",
  name: "default",
  labels: { "app.kubernetes.io/managed-by": "postern", on: "on" },
  annotations: { note: "two\nlines", "a/b": "plain" },
  comment: ["one line", "another\u001b[2J\nkind: Secret", ""],
  rules: [
    {
      action: "allow",
      to: { kind: "cidr", cidr: cidr("2001:db8::/32") },
      ports: [
        { protocol: "tcp", port: 443 },
        { protocol: "udp", port: 53 },
      ],
      comment: ["needed by `web`"],
    },
    {
      action: "allow",
      to: { kind: "name", pattern: namePattern("api.example.com", "one-label") },
      ports: [],
      comment: [],
    },
    {
      action: "allow",
      to: {
        kind: "nodes",
        selector: labelSelector([
          { key: "node-role.kubernetes.io/control-plane", operator: "In", values: [""] },
          { key: "zone", operator: "In", values: ["b", "a"] },
        ]),
      },
      ports: [{ protocol: "tcp", port: 6443 }],
      comment: ["API server"],
    },
    { action: "deny", to: { kind: "cidr", cidr: cidr("0.0.0.0/0") }, ports: [], comment: [] },
    { action: "deny", to: { kind: "cidr", cidr: cidr("::/0") }, ports: [], comment: [] },
  ],
};

test("the printed form", async () => {
  await expect(printManifest(everything)).toMatchFileSnapshot("../../../test/golden/print/egress-firewall.yaml");
  await expect(
    printManifest({
      kind: "NetworkPolicy",
      namespace: "payments",
      name: "egress",
      comment: [],
      podSelector: labelSelector([]),
      rules: [
        {
          to: [{ kind: "cidr", cidr: cidr("203.0.113.0/24"), except: [cidr("203.0.113.128/25")] }],
          ports: [{ protocol: "tcp", port: 443 }],
          comment: ["partner"],
        },
        {
          to: [
            {
              kind: "pods",
              namespaces: labelSelector([
                { key: "kubernetes.io/metadata.name", operator: "In", values: ["openshift-dns"] },
              ]),
            },
          ],
          ports: [{ protocol: "udp", port: 5353 }],
          comment: [],
        },
        { to: [], ports: [{ protocol: "tcp", port: 1, endPort: 9 }, { protocol: "sctp" }], comment: [] },
        { to: [], ports: [], comment: [] },
      ],
    }),
  ).toMatchFileSnapshot("../../../test/golden/print/network-policy.yaml");
});

describe("the API server's own schema", () => {
  const folder = new URL("../../../../shared/crds/", import.meta.url);
  const files = {
    EgressFirewall: ["k8s.ovn.org_egressfirewalls.yaml", "openshift-cno.egressfirewalls.yaml"],
    EgressNetworkPolicy: ["network.openshift.io_egressnetworkpolicies.yaml"],
    NetworkPolicy: [],
  } as const;
  const isThere = existsSync(new URL(files.EgressFirewall[0], folder));

  test.skipIf(!isThere)("accepts every printed manifest of a custom kind", () => {
    const ajv = new Ajv({ strict: false, formats: { int32: true } });
    const schemaOf = (file: string): ValidateFunction => {
      const crd = parse(readFileSync(new URL(file, folder), "utf8")) as {
        spec: { versions: { schema: { openAPIV3Schema: object } }[] };
      };
      return ajv.compile(crd.spec.versions[0]!.schema.openAPIV3Schema);
    };
    const schemas = {
      EgressFirewall: files.EgressFirewall.map(schemaOf),
      EgressNetworkPolicy: files.EgressNetworkPolicy.map(schemaOf),
      NetworkPolicy: [],
    };
    fc.assert(
      fc.property(arbitraryDraft(), (draft) => {
        for (const validate of schemas[draft.kind])
          expect(validate(readBack(printManifest(draft)).value), JSON.stringify(validate.errors)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
