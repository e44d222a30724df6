import { describe, expect, test } from "vitest";
import { breaches, end, firewall } from "./made-up.ts";

describe("what a policy opens", () => {
  const metadata = "- name: no-metadata\n  mustDeny: { addresses: [169.254.169.254, 'fd00:ec2::254'] }";
  const paste = "- name: no-paste\n  forbidden: { names: [pastebin.com, '*.pastebin.com'] }";
  const narrow = "- name: narrow\n  widestPrefix: { ipv4: 16, ipv6: 48, except: [10.0.0.0/8] }";
  const ports = "- name: ports\n  ports: { only: [tcp/443, tcp/5432], never: [tcp/23] }";
  const closed = "- name: closed\n  defaultDeny: true";
  const dns = "- name: keep-dns\n  mustAllow: { addresses: [192.0.2.53], ports: [udp/53] }";
  const registry = "- name: keep-registry\n  mustAllow: { names: [registry.example.com], ports: [tcp/443] }";

  test.each([
    ["a deny of everything keeps metadata closed", metadata, end, []],
    [
      "an allow around it opens it, and both families are looked at",
      metadata,
      ["Allow 169.254.0.0/16", ...end],
      [
        "no-metadata rule 0 line 8: rule 0, `Allow 169.254.0.0/16`, opens 169.254.169.254/32 on every protocol and port, which is forbidden",
      ],
    ],
    [
      "an allow of everything at the end opens both",
      metadata,
      ["Deny 10.0.0.0/8", "Allow 0.0.0.0/0", "Allow ::/0"],
      [
        "no-metadata rule 1 line 11: rule 1, `Allow 0.0.0.0/0`, opens 169.254.169.254/32 on every protocol and port, which is forbidden",
        "no-metadata rule 2 line 14: rule 2, `Allow ::/0`, opens fd00:ec2::254/128 on every protocol and port, which is forbidden",
      ],
    ],
    [
      "a policy without an end opens it by saying nothing",
      metadata,
      ["Deny 169.254.169.254/32"],
      [
        "no-metadata line 1: no rule denies, so the policy opens fd00:ec2::254/128 on every protocol and port, which is forbidden",
      ],
    ],
    ["a rule that is never asked opens nothing", metadata, [...end, "Allow 169.254.169.254/32"], []],
    [
      "a name before the deny may lead there",
      metadata,
      ["Allow api.example.com", ...end],
      [
        "no-metadata rule 0 line 8: rule 0, `Allow api.example.com`, is asked before the deny of 169.254.169.254/32, fd00:ec2::254/128: whoever answers for the name decides whether it is reached, so deny it in an earlier rule",
      ],
    ],
    [
      "a name behind the deny cannot",
      metadata,
      ["Deny 169.254.169.254/32", "Deny fd00:ec2::254/128", "Allow api.example.com", ...end],
      [],
    ],
    [
      "a name is forbidden by itself",
      paste,
      ["Allow pastebin.com tcp/443", ...end],
      [
        "no-paste rule 0 line 8: rule 0, `Allow pastebin.com tcp/443`, opens `pastebin.com` on tcp/443, which is forbidden",
      ],
    ],
    [
      "and by a wildcard around it",
      paste,
      ["Allow *.pastebin.com", ...end],
      [
        "no-paste rule 0 line 8: rule 0, `Allow *.pastebin.com`, opens `*.pastebin.com` on every protocol and port, which is forbidden",
      ],
    ],
    [
      "and by an allow of everything",
      paste,
      ["Allow 0.0.0.0/0 tcp/443", ...end],
      [
        "no-paste rule 0 line 8: rule 0, `Allow 0.0.0.0/0 tcp/443`, opens `pastebin.com` on tcp/443, which is forbidden",
        "no-paste rule 0 line 8: rule 0, `Allow 0.0.0.0/0 tcp/443`, opens `*.pastebin.com` on tcp/443, which is forbidden",
      ],
    ],
    ["not by another name", paste, ["Allow notpastebin.com", ...end], []],
    [
      "not where it is denied first",
      paste,
      ["Deny pastebin.com", "Deny a.pastebin.com", "Allow a.pastebin.com", ...end],
      [],
    ],
    [
      "a block that two halves make up is as wide as the whole",
      narrow,
      ["Allow 198.18.0.0/16", "Allow 198.19.0.0/16", ...end],
      [
        "narrow rule 0 line 8: rule 0, `Allow 198.18.0.0/16`, with 1 other opens 198.18.0.0/15 on every protocol and port: the widest block that may be open is /16",
      ],
    ],
    ["a block that may be open whole is left out", narrow, ["Allow 10.0.0.0/8", "Allow 198.18.0.0/16", ...end], []],
    [
      "IPv6 is limited as well",
      narrow,
      ["Allow 2001:db8::/32", ...end],
      [
        "narrow rule 0 line 8: rule 0, `Allow 2001:db8::/32`, opens 2001:db8::/32 on every protocol and port: the widest block that may be open is /48",
      ],
    ],
    ["ports that are listed", ports, ["Allow 192.0.2.0/24 tcp/443 tcp/5432", ...end], []],
    [
      "a port that is not",
      ports,
      ["Allow 192.0.2.0/24 tcp/443 tcp/80", ...end],
      [
        "ports rule 0 line 8: rule 0, `Allow 192.0.2.0/24 tcp/80,443`, opens tcp/80, and only what the law lists may be open",
      ],
    ],
    [
      "a port that must never be, by a name",
      ports,
      ["Allow api.example.com tcp/23", ...end],
      ["ports rule 0 line 8: rule 0, `Allow api.example.com tcp/23`, opens tcp/23, which must never be open"],
    ],
    [
      "default deny is a deny of both families",
      closed,
      ["Deny 0.0.0.0/0"],
      ["closed line 1: what no rule names is open over IPv6: end the policy with a deny of everything"],
    ],
    [
      "an allow of all but one port is no default deny",
      closed,
      ["Deny 0.0.0.0/0 tcp/1", "Allow 0.0.0.0/0", "Deny ::/0"],
      ["closed rule 1 line 12: rule 1, `Allow 0.0.0.0/0`, opens most of IPv4, so that nothing is denied by default"],
    ],
    ["what must stay allowed and is", dns, ["Allow 192.0.2.0/24 udp/53", ...end], []],
    [
      "what must stay allowed and is not",
      dns,
      ["Allow 192.0.2.0/24 tcp/53", ...end],
      ["keep-dns rule 1 line 12: rule 1, `Deny 0.0.0.0/0`, denies 192.0.2.53/32 on udp/53, which must stay allowed"],
    ],
    [
      "a name that must stay allowed, behind a deny of a block",
      registry,
      ["Deny 169.254.169.254/32", "Allow registry.example.com tcp/443", ...end],
      [],
    ],
    ["the same by a wildcard", registry, ["Allow *.example.com", ...end], []],
    [
      "the same behind a deny of everything",
      registry,
      [...end, "Allow registry.example.com tcp/443"],
      ["keep-registry line 1: no rule allows `registry.example.com` on tcp/443, which must stay allowed"],
    ],
  ] as const)("%s", async (_, clause, rules, told) => {
    expect(await breaches(clause, { manifest: firewall(...rules) })).toEqual(told);
  });

  const closed10 = "- name: data\n  forbidden: { addresses: [10.40.0.0/16], names: [pastebin.com] }";
  const wide = "- name: narrow\n  widestPrefix: { ipv4: 16, ipv6: 48 }";
  const keep = "- name: keep\n  scope: { kinds: [CiliumNetworkPolicy] }\n  mustAllow: { addresses: [10.40.1.1] }";
  test.each([
    [
      "a block under a condition is open where the condition holds",
      closed10,
      "{ toCIDR: [10.40.1.0/24], authentication: { mode: required } }",
      [
        "data rule 0 line 1: rule 0, `Allow 10.40.1.0/24, only with authentication`, opens 10.40.1.0/24 on every protocol and port, which is forbidden",
      ],
    ],
    [
      "so is a name",
      closed10,
      "{ toFQDNs: [{ matchName: pastebin.com }], authentication: { mode: required } }",
      [
        "data rule 0 line 1: rule 0, `Allow pastebin.com, only with authentication`, opens `pastebin.com` on every protocol and port, which is forbidden",
      ],
    ],
    [
      "and it is as wide",
      wide,
      "{ toCIDR: [10.0.0.0/8], authentication: { mode: required } }",
      [
        "narrow rule 0 line 1: rule 0, `Allow 10.0.0.0/8, only with authentication`, opens 10.0.0.0/8 on every protocol and port: the widest block that may be open is /16",
      ],
    ],
    [
      "what must stay allowed is not allowed by a condition",
      keep,
      "{ toCIDR: [10.40.1.0/24], authentication: { mode: required } }",
      ["keep line 1: no rule allows 10.40.1.1/32 on every protocol and port, which must stay allowed"],
    ],
    [
      "a group of blocks that another object holds may lead anywhere",
      closed10,
      "{ toCIDRSet: [{ cidrGroupRef: partners }] }",
      [
        "data rule 0 line 1: rule 0, `Allow CIDR group partners`, may open 10.40.0.0/16, which is forbidden: nobody can tell here where it leads, so name its blocks, or deny it in an earlier rule",
      ],
    ],
    ["pods are none of the blocks", closed10, "{ toEndpoints: [{ matchLabels: { 'k8s:app': web } }] }", []],
  ] as const)("of Cilium: %s", async (_, clause, rule, told) => {
    const manifest = `{ apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: { name: web, namespace: shop }, spec: { endpointSelector: {}, egress: [${rule}] } }`;
    expect(await breaches(clause, { manifest })).toEqual(told);
  });

  test("of Calico: a rule for some requests or sources opens what it names", async () => {
    const rule = "{ action: Allow, destination: { nets: [10.40.1.0/24] }, source: { selector: a == 'b' } }";
    const manifest = `{ apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: { name: web, namespace: shop }, spec: { selector: all(), types: [Egress], egress: [${rule}] } }`;
    expect(await breaches(closed10, { manifest })).toEqual([
      "data rule 0 line 1: rule 0, `Allow 10.40.1.0/24 from some sources`, opens 10.40.1.0/24 on every protocol and port, which is forbidden",
    ]);
  });

  test.each([
    [
      "names without wildcards",
      "- name: names\n  names: { wildcards: false }",
      "Allow *.example.com",
      "names rule 0 line 8: rule 0, `Allow *.example.com`, has a wildcard, and only exact names are allowed",
    ],
    [
      "wildcards before a few labels",
      "- name: names\n  names: { leastLabels: 2 }",
      "Allow *.com",
      "names rule 0 line 8: rule 0, `Allow *.com`, has a wildcard before 1 of at least 2 labels",
    ],
    [
      "names of a list",
      "- name: names\n  names: { only: ['*.example.com'] }",
      "Allow api.example.org",
      "names rule 0 line 8: rule 0, `Allow api.example.org`, is none of the names that are allowed",
    ],
    [
      "the number of rules",
      "- name: few\n  mostRules: 2",
      "Allow api.example.org",
      "few line 1: the policy has 3 rules, and may have 2",
    ],
    [
      "the kind",
      "- name: kinds\n  kinds: { only: [NetworkPolicy] }",
      "Allow api.example.org",
      "kinds line 1: policies of the kind EgressFirewall are not allowed here: use NetworkPolicy",
    ],
  ])("a law limits %s", async (_, clause, rule, told) => {
    expect(await breaches(clause, { manifest: firewall(rule, ...end) })).toEqual([told]);
  });
});
