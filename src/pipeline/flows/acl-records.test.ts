import { describe, expect, test } from "vitest";
import { type ClusterFacts, noClusterFacts } from "./cluster-facts.ts";
import { fateForTest, formatEdgeForTest, harvestForTest, ipForTest, usualNetworks } from "./harvest.test-support.ts";

/** A line in the format of OVN's acl-log.c; constructed, as no recorded line of an egress firewall is at hand. */
function acl(name: string, verdict: string, direction: string, rest = "", time = "2026-09-01T08:30:00.139Z"): string {
  const flow = `tcp,vlan_tci=0x0000,dl_src=0a:58:0a:81:02:01,dl_dst=0a:58:0a:81:02:23,nw_src=10.128.0.7,nw_dst=198.51.100.7,nw_tos=0,nw_ecn=0,nw_ttl=62,nw_frag=no,tp_src=58496,tp_dst=443,tcp_flags=${rest || "syn"}`;
  return `${time}|00004|acl_log(ovn_pinctrl0)|INFO|name="${name}", verdict=${verdict}, severity=alert, direction=${direction}: ${flow}`;
}
const facts: ClusterFacts = {
  ...noClusterFacts,
  clusterNetworks: usualNetworks.pods,
  serviceNetworks: usualNetworks.services,
  pods: [
    {
      namespace: "shop",
      name: "cart-1",
      addresses: [ipForTest("10.128.0.7")],
      isHostNetwork: false,
      workload: { kind: "Deployment", name: "cart" },
      labels: {},
    },
  ],
  namespaces: [
    { name: "shop", labels: {} },
    { name: `${"n".repeat(60)}abc`, labels: {} },
  ],
};
const allowed = "shop Deployment/cart → 198.51.100.7 tcp/443 allowed ×1";
const denied = allowed.replace("allowed", "denied");
const syslog = (line: string): string => `<134>1 2026-09-01T08:30:00Z node-1 ovn - - - ${line}`;

describe("an ACL log line", () => {
  test.each([
    ["of an egress firewall, although it says to-lport", acl("EF:shop:3", "allow", "to-lport"), allowed],
    ["of an egress firewall of an old release", acl("egressFirewall_shop_9997", "drop", "to-lport"), denied],
    ["of a network policy", acl("NP:shop:web:Egress:0", "allow", "from-lport"), allowed],
    ["of a default deny", acl("NP:shop:Egress", "drop", "from-lport"), denied],
    ["of an admin policy, whose pod only the dump knows", acl("ANP:all:Egress:1", "reject", "from-lport"), denied],
    ["that passes on", acl("ANP:all:Egress:1", "pass", "from-lport"), allowed.replace("allowed", "seen")],
    [
      "as OVN itself sends it, without a time",
      acl("EF:shop:3", "drop", "to-lport").replace(/^.*?\|/, "<134>ovs|"),
      denied,
    ],
    [
      "as OVN's own RFC 5424 pattern writes it",
      acl("EF:shop:3", "drop", "to-lport").replace(
        /^.*INFO\|/,
        "<134>1 2026-09-01T08:30:00.139Z node-1 ovn-controller 4242 acl_log - \uFEFF",
      ),
      denied,
    ],
    [
      "of RFC 5424 with structured data",
      acl("EF:shop:3", "drop", "to-lport").replace(
        /^.*INFO\|/,
        '<134>1 2026-09-01T08:30:00.139Z node-1 ovn-controller 4242 acl_log [origin ip="10.0.0.1"] ',
      ),
      denied,
    ],
    ["behind a syslog header", syslog(acl("EF:shop:3", "drop", "to-lport")), denied],
    [
      "wrapped in JSON",
      JSON.stringify({ "@timestamp": "2026-09-01T08:30:01Z", message: acl("EF:shop:3", "drop", "to-lport") }),
      denied,
    ],
    ["of a later packet", acl("EF:shop:3", "allow", "to-lport", "psh|ack"), allowed],
    [
      "of a namespace whose name was cropped",
      acl(`EF:${"n".repeat(60)}`, "allow", "to-lport"),
      `${"n".repeat(60)}abc Pod/10.128.0.7 → 198.51.100.7 tcp/443 allowed ×1`,
    ],
    ["of ingress", acl("NP:shop:Ingress", "drop", "to-lport"), "left out: ingress"],
    [
      "of a cropped name, by direction",
      acl("NP:shop:a-policy-with-a-very-long-name-that-leaves-no-room-for-mo", "allow", "from-lport"),
      allowed,
    ],
    [
      "of a policy's way in, whatever the direction",
      acl("NP:shop:web:Ingress:0", "drop", "from-lport"),
      "left out: ingress",
    ],
    ["of an admin policy, whatever the direction", acl("ANP:all:Egress:1", "drop", "to-lport"), denied],
    ["of the baseline policy, whatever the direction", acl("BANP:default:Egress:0", "drop", "to-lport"), denied],
    ["of the baseline policy's way in", acl("BANP:default:Ingress:0", "drop", "from-lport"), "left out: ingress"],
    ["of another's ACL, by direction", acl("mine:Egress", "drop", "to-lport"), "left out: ingress"],
    ["of another's ACL on the way out", acl("mine", "drop", "from-lport"), denied],
    ["of an ACL without a name", acl("<unnamed>", "drop", "from-lport"), denied],
    ["of an ACL without a name and quotes", acl("", "drop", "from-lport").replace('""', "<unnamed>"), denied],
    ["without a direction, by ports", acl("shop_web", "drop", "").replace(", direction=", ""), denied],
    [
      "without a direction, between high ports",
      acl("shop_web", "drop", "").replace(", direction=", "").replace("=443", "=50000"),
      "left out: initiator-unknown",
    ],
    [
      "of what is no IP",
      acl("EF:shop:3", "drop", "to-lport").replace(/: tcp.*$/, ": arp,arp_op=1"),
      "left out: not-a-flow",
    ],
    [
      "to the highest port there is",
      acl("EF:shop:3", "drop", "to-lport").replace("=443", "=65535"),
      denied.replace("443", "65535"),
    ],
    ["to a port that is none", acl("EF:shop:3", "drop", "to-lport").replace("=443", "=65536"), "malformed"],
    ["from a port that is none", acl("EF:shop:3", "drop", "to-lport").replace("=58496", "=many"), "malformed"],
    ["of a time that is none", acl("EF:shop:3", "drop", "to-lport", "", "2026-13-41T08:30:00Z"), "malformed"],
    ["in JSON without a message", JSON.stringify({ "@timestamp": "2026-09-01T08:30:01Z" }), "malformed"],
    ["in JSON whose message is no text", JSON.stringify({ message: 7 }), "malformed"],
    [
      "in JSON that is cut off",
      JSON.stringify({ message: acl("EF:shop:3", "drop", "to-lport") }).slice(0, -9),
      "malformed",
    ],
    [
      "in JSON with an escape that is none",
      JSON.stringify({ message: acl("EF:shop:3", "drop", "to-lport") }).replace("verdict", String.raw`\u00zz`),
      "malformed",
    ],
    ["without verdict", "2026-09-01T08:30:00.139Z|00004|acl_log(ovn_pinctrl0)|INFO|name=", "malformed"],
    [
      "of two lines written into each other",
      `${acl("EF:shop:3", "allow", "to-lport", "fin|ack")}=0,nw_dst=203.0.113.9,tp_src=55704,tp_dst=80,tcp_flags=syn`,
      "malformed",
    ],
    ["of a broken rotation", acl("EF:shop:3", "allow", "to-lport").replace("198.51.100.7", "198.51.10"), "malformed"],
  ])("%s", (_, line, expected) => {
    expect(fateForTest(line, { format: "ovn-acl", facts, given: undefined })).toBe(expected);
  });

  test("without a dump still belongs to its namespace when the name says so", () => {
    const line = acl("EF:shop:3", "allow", "to-lport");
    expect(fateForTest(line)).toBe("shop Pod/10.128.0.7 → 198.51.100.7 tcp/443 allowed ×1");
    expect(fateForTest(acl("ANP:all:Egress:1", "allow", "from-lport"))).toBe("left out: source-unknown");
  });

  test("of IPv6 uses other words", () => {
    const line = `2026-09-01T08:30:00.139Z|00004|acl_log(ovn_pinctrl0)|INFO|name="EF:shop:0", verdict=drop, severity=info, direction=to-lport: udp6,vlan_tci=0x0000,ipv6_src=fd01::7,ipv6_dst=2001:db8::1,ipv6_label=0x00000,nw_tos=0,tp_src=58496,tp_dst=53`;
    expect(fateForTest(line)).toBe("shop Pod/fd01::7 → 2001:db8::1 udp/53 denied ×1");
  });

  test("that allows, followed by one that drops the same packet, is a drop", () => {
    const at = (ms: string): string => `2026-09-01T08:30:00.${ms}Z`;
    const pair = [
      acl("NP:shop:web:Egress:0", "allow", "from-lport", "", at("139")),
      acl("EF:shop:1", "drop", "to-lport", "", at("140")),
    ];
    const edges = (lines: readonly string[]): string[] =>
      harvestForTest(lines, { facts, given: undefined }).edges.map(formatEdgeForTest);
    expect(edges(pair)).toEqual([denied]);
    expect(edges([pair[0]!, acl("EF:shop:1", "drop", "to-lport", "", at("539"))])).toEqual([allowed, denied]);
    expect(edges([pair[0]!, acl("EF:shop:0", "allow", "to-lport", "", at("139"))])).toEqual([allowed]);
  });

  test("that passes on, followed by one that decides about the same packet, is what that one says", () => {
    const at = (ms: string): string => `2026-09-01T08:30:00.${ms}Z`;
    const pass = acl("ANP:log:Egress:0", "pass", "from-lport", "", at("139"));
    const allow = acl("EF:shop:0", "allow", "to-lport", "", at("139"));
    const drop = acl("EF:shop:1", "drop", "to-lport", "", at("140"));
    const told = (lines: readonly string[]): string => fateForTest(lines, { facts, given: undefined });
    expect([told([pass, allow]), told([allow, pass]), told([pass, drop]), told([pass, pass])]).toEqual([
      allowed,
      allowed,
      denied,
      allowed.replace("allowed", "seen"),
    ]);
  });

  test("that opens a connection counts, with whatever it asks for; what follows does not", () => {
    const at = (ms: number): string => new Date(1_788_251_400_000 + ms).toISOString();
    const flags = ["syn|ece|cwr", "ack", "psh|ack", "fin|ack", "syn"];
    const lines = flags.map((said, i) => acl("EF:shop:0", "allow", "to-lport", said, at(100 * i)));
    expect(fateForTest(lines, { facts, given: undefined })).toBe(allowed.replace("×1", "×2"));
  });

  test("without a time joins the next line of the same packet", () => {
    const bare = (line: string): string =>
      line.replace(/^.*?(acl_log)/, "<14>Sep  1 08:30:00 node-1 ovs: ovs|00004|$1");
    const pair = [acl("NP:shop:web:Egress:0", "allow", "from-lport"), acl("EF:shop:1", "drop", "to-lport")].map(bare);
    expect(fateForTest(pair, { facts, given: undefined })).toBe(denied);
    const other = pair.map((line) => line.replace("58496", "58497"));
    const options = { facts, given: undefined };
    expect(fateForTest([...pair, ...other], options)).toBe(denied.replace("×1", "×2"));
    expect(fateForTest([pair[0]!, ...other], options)).toBe(`${allowed}; ${denied}`);
  });

  test.each([
    ["packets of UDP within a minute of each other", "udp", [0, 59, 118], "×1"],
    ["packets of UDP more than a minute apart", "udp", [0, 61, 122], "×3"],
    ["packets of UDP as late as they may be", "udp", [0, 60], "×1"],
    ["pings within a minute of each other", "icmp", [0, 1, 2], "×1"],
  ])("counts %s as sessions", (_, protocol, seconds, count) => {
    const flow = { udp: "udp", icmp: "icmp" }[protocol]!;
    const ends = { udp: "tp_src=58496,tp_dst=53", icmp: "icmp_type=8,icmp_code=0" }[protocol]!;
    const lines = seconds.map((after) =>
      acl("EF:shop:0", "allow", "to-lport", "", new Date(1_788_251_400_000 + 1000 * after).toISOString()).replace(
        /: tcp.*$/,
        `: ${flow},nw_src=10.128.0.7,nw_dst=198.51.100.7,${ends}`,
      ),
    );
    const l4 = { udp: "udp/53", icmp: "icmp" }[protocol]!;
    const expected = allowed.replace("tcp/443", l4).replace("×1", count);
    expect(fateForTest(lines, { facts, given: undefined })).toBe(expected);
  });

  test("of a packet that is dropped begins a session of its own", () => {
    const udp = (said: string, time: string): string =>
      acl("EF:shop:0", said, "to-lport", "", time).replace(
        /: tcp.*$/,
        ": udp,nw_src=10.128.0.7,nw_dst=198.51.100.7,tp_src=58496,tp_dst=53",
      );
    const lines = [udp("allow", "2026-09-01T08:30:00Z"), udp("drop", "2026-09-01T08:30:10Z")];
    const edges = [allowed, denied].map((edge) => edge.replace("tcp/443", "udp/53")).join("; ");
    expect(fateForTest(lines, { facts, given: undefined })).toBe(edges);
  });

  test.each([
    [5, denied],
    [6, `${allowed}; ${denied}`],
  ])("is of the same packet as one %i ms before, or is not", (afterMs, expected) => {
    const at = (ms: number): string => new Date(1_788_251_400_100 + ms).toISOString();
    const lines = [
      acl("NP:shop:web:Egress:0", "allow", "from-lport", "", at(0)),
      acl("EF:shop:1", "drop", "to-lport", "", at(afterMs)),
    ];
    expect(fateForTest(lines, { facts, given: undefined })).toBe(expected);
  });

  test("that drops takes its namespace from the line before, where its own name has none", () => {
    const lines = [
      acl("NP:shop:web:Egress:0", "allow", "from-lport"),
      acl("BANP:default:Egress:0", "drop", "from-lport"),
    ];
    expect(fateForTest(lines)).toBe("shop Pod/10.128.0.7 → 198.51.100.7 tcp/443 denied ×1");
  });

  const own = acl("EF:shop:3", "drop", "to-lport", "", "2026-09-01T08:30:00.139Z");
  const bare = own.replace(/^.*INFO\|/, "acl_log - ");
  test.each([
    ["its own", own, 0.139],
    ["its own, whatever stands around it", JSON.stringify({ time: "2026-09-01T09:00:00Z", message: own }), 0.139],
    ["that of what it is wrapped in", JSON.stringify({ time: "2026-09-01T08:30:07Z", log: bare }), 7],
    ["that of the header before it", `<134>1 2026-09-01T08:30:09Z node-1 ovn-controller 4242 ${bare}`, 9],
    ["none", `<134>Sep  1 08:30:09 node-1 ovn-controller ${bare}`, undefined],
  ])("has a time: %s", (_, line, seconds) => {
    const [found] = harvestForTest([line], { format: "ovn-acl" }).edges;
    expect(found?.firstSeenMs).toBe(seconds === undefined ? undefined : Date.UTC(2026, 8, 1, 8, 30) + 1000 * seconds);
  });

  test("marks the harvest incomplete: the log is rate-limited", () => {
    const { isComplete, warnings } = harvestForTest([acl("EF:shop:3", "allow", "to-lport")]);
    expect([isComplete, warnings.map(({ code }) => code)]).toEqual([false, ["flows_audit_log_partial"]]);
  });
});
