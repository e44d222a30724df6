/** Random drafts of Cilium's policies: everything their printer may be asked to write. */
import * as fc from "fast-check";
import type { Cidr } from "../../src/core/net/ip-set.ts";
import { globPattern } from "../../src/core/net/name-pattern.ts";
import type {
  CiliumDraftDestination,
  CiliumDraftPort,
  CiliumDraftRule,
  CiliumPolicyDraft,
} from "../../src/core/policy/draft-cilium.ts";
import { labelSelector } from "../../src/core/policy/label-selector.ts";
import { arbitraryCidr } from "./address.ts";
import { arbitraryCidrInside } from "./draft.ts";
import { arbitraryPort, arbitraryPortProtocol } from "./l4.ts";

const cidr = arbitraryCidr();
const comment = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "a: b", "\u202e")), {
  maxLength: 2,
});
const pattern = fc
  .constantFrom(
    "example.com",
    "api.example.com",
    "_sip.example.org",
    "*.example.com",
    "**.example.net",
    "cdn-*.example.com",
    "*",
  )
  .map(globPattern);
const key = fc.constantFrom("k8s:app", "any:app", "app.kubernetes.io/name", "k8s:io.kubernetes.pod.namespace", "on");
const value = fc.constantFrom("", "a", "on", "1", "x_y");
const requirement = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom("In" as const, "NotIn" as const),
    values: fc.array(value, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ key, operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const), values: fc.constant([]) }),
);
const selector = fc.array(requirement, { maxLength: 2 }).map(labelSelector);

const block = cidr.chain((outer) =>
  fc.record({
    cidr: fc.constant(outer),
    except:
      outer.prefixLength === (outer.family === 4 ? 32 : 128)
        ? fc.constant<Cidr[]>([])
        : fc.array(arbitraryCidrInside(outer), { maxLength: 2 }),
  }),
);
const some = { minLength: 1, maxLength: 3 };
const unnamed = fc.oneof(
  fc.array(block, some).map((blocks) => ({ kind: "blocks", blocks }) as const),
  fc
    .uniqueArray(fc.constantFrom("world", "all", "cluster", "host", "remote-node", "kube-apiserver"), some)
    .map((entities) => ({ kind: "entities", entities }) as const),
  fc.array(selector, some).map((selectors) => ({ kind: "endpoints", selectors }) as const),
);
const destination: fc.Arbitrary<CiliumDraftDestination> = fc.oneof(
  unnamed,
  fc.array(pattern, some).map((patterns) => ({ kind: "names", patterns }) as const),
);
const protocol = fc.oneof(arbitraryPortProtocol(), fc.constant("any" as const));
const single: fc.Arbitrary<CiliumDraftPort> = fc.record({ protocol, port: arbitraryPort() });
const range: fc.Arbitrary<CiliumDraftPort> = fc
  .tuple(protocol, fc.integer({ min: 1, max: 65_534 }), fc.integer({ min: 1, max: 65_535 }))
  .filter(([, first, last]) => last > first)
  .map(([spoken, port, endPort]) => ({ protocol: spoken, port, endPort }));
const ports = fc.oneof(
  fc.array(fc.oneof(single, range), { maxLength: 3 }),
  fc.array(single, { minLength: 39, maxLength: 90 }),
);

const allow: fc.Arbitrary<CiliumDraftRule> = fc.oneof(
  fc.record({
    action: fc.constant("allow" as const),
    to: fc.option(destination, { nil: undefined }),
    ports,
    asked: fc.constant([]),
    comment,
  }),
  fc.record({
    action: fc.constant("allow" as const),
    to: fc.option(destination, { nil: undefined }),
    ports: fc.array(fc.record({ protocol: fc.constantFrom("tcp", "udp", "any"), port: arbitraryPort() }), {
      minLength: 1,
      maxLength: 2,
    }),
    asked: fc.array(pattern, some),
    comment,
  }),
);
const deny: fc.Arbitrary<CiliumDraftRule> = fc.record({
  action: fc.constant("deny" as const),
  to: fc.option(unnamed, { nil: undefined }),
  ports,
  asked: fc.constant([] as const),
  comment,
});

export function arbitraryCiliumDraft(): fc.Arbitrary<CiliumPolicyDraft> {
  const rules = fc
    .tuple(fc.array(deny, { maxLength: 2 }), fc.array(allow, { maxLength: 4 }))
    .map(([denies, allows]) => [...denies, ...allows]);
  const parts = { name: fc.constantFrom("default", "egress", "on"), comment, endpointSelector: selector, rules };
  return fc.oneof(
    fc.record({ kind: fc.constant("CiliumNetworkPolicy"), namespace: fc.constantFrom("shop", "on", "123"), ...parts }),
    fc.record({ kind: fc.constant("CiliumClusterwideNetworkPolicy"), namespace: fc.constant(""), ...parts }),
  );
}
