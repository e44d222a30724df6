import { existsSync, readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { arbitraryClusterPolicyDraft } from "../../../test/arbitraries/draft.ts";
import { intervalSet } from "../../core/net/interval-set.ts";
import { type Cidr, ipSetOf, parseCidr } from "../../core/net/ip-set.ts";
import { anyL4, l4Ports, type L4Set } from "../../core/net/l4.ts";
import { namePattern } from "../../core/net/name-pattern.ts";
import type { ClusterPolicyDraft, ClusterPolicyDraftPeer, ClusterPolicyDraftRule } from "../../core/policy/draft.ts";
import { isEverything, labelSelector } from "../../core/policy/label-selector.ts";
import type { Manifest } from "../../core/policy/manifest.ts";
import type { Destination, LabelSelector, RuleAction } from "../../core/policy/model.ts";
import { readPolicy } from "../../core/policy/read-policy.ts";
import { readDocuments } from "./documents.ts";
import { locateIn } from "./places.ts";
import { printManifest } from "./print.ts";

interface Meaning {
  readonly action: RuleAction;
  readonly to: Destination;
  readonly l4: L4Set;
  readonly written: number;
}

/** What a draft means, said in the model's words. */
function meaningOf({ rules }: ClusterPolicyDraft): readonly Meaning[] {
  return rules.flatMap(({ action, to, ports }, written) => {
    const l4 =
      ports.length === 0
        ? anyL4
        : intervalSet(ports.map(({ protocol, port, endPort = port }) => l4Ports(protocol, port, endPort)));
    return to.flatMap(destinationsOf).map((destination) => ({ action, to: destination, l4, written }));
  });
}

function destinationsOf(peer: ClusterPolicyDraftPeer): readonly Destination[] {
  if (peer.kind === "networks") return peer.cidrs.map((each) => ({ kind: "addresses", addresses: ipSetOf(each) }));
  if (peer.kind === "names") return peer.patterns.map((pattern) => ({ kind: "name", pattern }));
  if (peer.kind === "nodes") return [peer];
  return [{ kind: "pods", namespaces: peer.namespaces, pods: peer.pods }];
}

function readBack(text: string): Manifest {
  const { documents, errors, lines } = readDocuments("printed.yaml", text);
  expect(errors).toEqual([]);
  expect(documents).toHaveLength(1);
  return { value: documents[0]!.value, locate: locateIn("printed.yaml", lines, documents[0]!) };
}

const selecting = (selector: LabelSelector | undefined): LabelSelector | undefined =>
  selector === undefined || isEverything(selector) ? undefined : selector;

test("what is printed is read back as what was meant", () => {
  fc.assert(
    fc.property(arbitraryClusterPolicyDraft(), (draft) => {
      const read = readPolicy(readBack(printManifest(draft)));
      expect(read?.findings.filter(({ severity }) => severity === "error")).toEqual([]);
      const policy = read!.policy!;
      const isBaseline =
        draft.kind === "BaselineAdminNetworkPolicy" ||
        (draft.kind === "ClusterNetworkPolicy" && draft.tier === "Baseline");
      expect(policy).toMatchObject({
        kind: draft.kind,
        namespace: "",
        name: draft.name,
        isolates: true,
        otherwise: "pass",
        notApplied: undefined,
        place: {
          tier: isBaseline ? "baseline" : "admin",
          order: draft.kind === "BaselineAdminNetworkPolicy" ? 0 : draft.priority,
        },
      });
      const { namespaces, pods } = draft.subject;
      expect(policy.subject).toEqual({ namespaces: selecting(namespaces), pods: selecting(pods) });
      expect(policy.rules.map(({ action, to, l4, written }) => ({ action, to, l4, written }))).toEqual(
        meaningOf(draft),
      );
    }),
    { numRuns: 500 },
  );
});

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

const everyNamespace = labelSelector([]);
const payments = labelSelector([{ key: "kubernetes.io/metadata.name", operator: "In", values: ["payments"] }]);
const controlPlane = labelSelector([{ key: "node-role.kubernetes.io/control-plane", operator: "Exists", values: [] }]);

const rules: readonly ClusterPolicyDraftRule[] = [
  {
    name: "guardrail",
    action: "deny",
    to: [{ kind: "networks", cidrs: [cidr("169.254.169.254/32"), cidr("fd00:ec2::254/128")] }],
    ports: [],
    comment: ["the metadata service of clouds"],
  },
  { action: "pass", to: [{ kind: "pods", namespaces: everyNamespace }], ports: [], comment: [] },
  {
    action: "allow",
    to: [{ kind: "nodes", selector: controlPlane }],
    ports: [{ protocol: "tcp", port: 6443 }],
    comment: ["API server"],
  },
  {
    action: "allow",
    to: [
      { kind: "networks", cidrs: [cidr("203.0.113.0/24")] },
      { kind: "pods", namespaces: payments, pods: labelSelector([{ key: "app", operator: "In", values: ["web"] }]) },
    ],
    ports: [
      { protocol: "tcp", port: 443 },
      { protocol: "udp", port: 8000, endPort: 8999 },
    ],
    comment: [],
  },
  {
    name: "default-deny",
    action: "deny",
    to: [{ kind: "networks", cidrs: [cidr("0.0.0.0/0"), cidr("::/0")] }],
    ports: [],
    comment: [],
  },
];

const common = {
  namespace: "",
  subject: { namespaces: payments, pods: undefined },
  comment: ["Default deny for namespace payments."],
  rules,
} as const;

test.each<[string, ClusterPolicyDraft]>([
  ["admin-network-policy", { kind: "AdminNetworkPolicy", name: "egress-payments", priority: 50, ...common }],
  [
    "baseline-admin-network-policy",
    {
      kind: "BaselineAdminNetworkPolicy",
      ...common,
      name: "default",
      subject: { namespaces: undefined, pods: labelSelector([{ key: "tier", operator: "NotIn", values: ["system"] }]) },
      rules: rules.filter(({ action }) => action !== "pass"),
    },
  ],
  [
    "cluster-network-policy",
    {
      kind: "ClusterNetworkPolicy",
      name: "egress-payments",
      tier: "Admin",
      priority: 50,
      ...common,
      rules: [
        {
          action: "allow",
          to: [{ kind: "names", patterns: [namePattern("*.example.com", "subdomains")] }],
          ports: [{ protocol: "sctp", port: 1 }],
          comment: [],
        },
        ...rules,
      ],
    },
  ],
])("the printed form of %s", async (file, draft) => {
  await expect(printManifest(draft)).toMatchFileSnapshot(`../../../test/golden/print/${file}.yaml`);
});

describe("the API server's own schema", () => {
  const folder = new URL("../../../../shared/crds/", import.meta.url);
  const files = {
    AdminNetworkPolicy: [
      "openshift-cno.adminnetworkpolicies.yaml",
      "policy.networking.k8s.io_adminnetworkpolicies.v0.1.7-experimental.yaml",
    ],
    BaselineAdminNetworkPolicy: [
      "openshift-cno.baselineadminnetworkpolicies.yaml",
      "policy.networking.k8s.io_baselineadminnetworkpolicies.v0.1.7-experimental.yaml",
    ],
    ClusterNetworkPolicy: ["policy.networking.k8s.io_clusternetworkpolicies.v0.2.0-experimental.yaml"],
  } as const;
  const isThere = existsSync(new URL(files.AdminNetworkPolicy[0], folder));

  test.skipIf(!isThere)("accepts every printed manifest", () => {
    const ajv = new Ajv({ strict: false, formats: { int32: true, int64: true, "date-time": true } });
    const schemaOf = (file: string): ValidateFunction => {
      const crd = parse(readFileSync(new URL(file, folder), "utf8")) as {
        spec: { versions: { schema: { openAPIV3Schema: object } }[] };
      };
      return ajv.compile(crd.spec.versions[0]!.schema.openAPIV3Schema);
    };
    const schemas = {
      AdminNetworkPolicy: files.AdminNetworkPolicy.map(schemaOf),
      BaselineAdminNetworkPolicy: files.BaselineAdminNetworkPolicy.map(schemaOf),
      ClusterNetworkPolicy: files.ClusterNetworkPolicy.map(schemaOf),
    };
    fc.assert(
      fc.property(arbitraryClusterPolicyDraft(), (draft) => {
        for (const validate of schemas[draft.kind])
          expect(validate(readBack(printManifest(draft)).value), JSON.stringify(validate.errors)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
