/** Policies in, connections in; verdicts of real OVN out, each with the ACLs that decided. */
import { formatIp } from "../../../src/core/net/ip.ts";
import type { WireEgressFirewallSpec } from "../../arbitraries/egress-firewall.ts";
import { clusterNetworks, knownNames, knownNodes } from "../../arbitraries/evidence.ts";
import { podLabels, type WireNetworkPolicy } from "../../arbitraries/network-policy.ts";
import type { Connection } from "../../oracle/evaluate.ts";
import { type ClusterFacts, dnsAddressSets, egressFirewallAcls } from "./egress-firewall-acls.ts";
import { hasAclTiers } from "./installation.ts";
import { namespacePortGroup } from "./names.ts";
import { networkPolicyPortGroups } from "./network-policy-acls.ts";
import { addressSetCommands, type Commands, portGroupCommands } from "./northbound.ts";
import type { ConnectionState, PrivateOvn } from "./private-ovn.ts";
import { parseTrace, type TraceStep } from "./trace-output.ts";

/** A namespace with one pod, its firewall and its network policies. */
export interface JudgedNamespace {
  readonly name: string;
  /** Undefined where the namespace has no EgressFirewall. */
  readonly firewall?: WireEgressFirewallSpec | undefined;
  readonly policies?: readonly WireNetworkPolicy[];
}

export interface Question {
  readonly namespace: string;
  readonly connection: Connection;
  /** Default: the first packet of a new connection. */
  readonly state?: ConnectionState;
}

export interface Judgement {
  readonly verdict: "allow" | "deny";
  /** Name of the ACL that decided in the stage of network policies; undefined where none matched. */
  readonly policyAcl: string | undefined;
  /** Name of the ACL that decided in the stage of egress firewalls; undefined where none matched or was reached. */
  readonly firewallAcl: string | undefined;
  /** What `ovn-trace` printed, for the message of a failure. */
  readonly trace: string;
}

export const worldFacts: ClusterFacts = { podNetworks: clusterNetworks, nodes: knownNodes, names: knownNames };

const nodeSwitch = "node1";
const routerPort = "stor-node1";
const routerMac = "0a:58:0a:80:00:01";
/** Traces per daemon: each takes its connection state from the command line. */
const questionsPerDaemon = 10_000;

interface Pod {
  readonly port: string;
  readonly mac: string;
  readonly v4: string;
  readonly v6: string;
}

/** The n-th pod; OVN-Kubernetes, too, makes the MAC of a pod from its IPv4 address. */
function podNumber(n: number): Pod {
  const [high, low] = [1 + (n >> 8), n & 255];
  const hex = (byte: number): string => byte.toString(16).padStart(2, "0");
  return {
    port: `pod-${n}`,
    mac: `0a:58:0a:80:${hex(high)}:${hex(low)}`,
    v4: `10.128.${high}.${low}`,
    v6: `fd01::${hex(high)}${hex(low)}`,
  };
}

export class Judge {
  readonly #ovn: PrivateOvn;
  readonly #pods: ReadonlyMap<string, Pod>;
  /** ACL names by the logical flow made of them. */
  readonly #acls: ReadonlyMap<string, string>;

  private constructor(ovn: PrivateOvn, pods: ReadonlyMap<string, Pod>, acls: ReadonlyMap<string, string>) {
    this.#ovn = ovn;
    this.#pods = pods;
    this.#acls = acls;
  }

  /** Loads the namespaces into an empty OVN. */
  static async load(
    ovn: PrivateOvn,
    namespaces: readonly JudgedNamespace[],
    facts: ClusterFacts = worldFacts,
  ): Promise<Judge> {
    const pods = new Map(namespaces.map(({ name }, n) => [name, podNumber(n)]));
    const hasTiers = hasAclTiers();
    await ovn.northbound([
      nodeCommands(),
      dnsAddressSets(facts).flatMap(addressSetCommands),
      ...namespaces.map((namespace) => namespaceCommands(namespace, pods.get(namespace.name)!, facts, hasTiers)),
    ]);
    return new Judge(ovn, pods, await aclsByFlow(ovn));
  }

  async ask(questions: readonly Question[]): Promise<readonly Judgement[]> {
    const judgements: Judgement[] = [];
    for (let from = 0; from < questions.length; from += questionsPerDaemon) {
      const batch = questions.slice(from, from + questionsPerDaemon);
      const traces = await this.#ovn.trace(
        nodeSwitch,
        batch.map(({ namespace, connection, state = "new" }) => ({
          microflow: microflow(this.#podOf(namespace), connection),
          state,
        })),
      );
      judgements.push(...batch.map(({ state = "new" }, i) => this.#judge(traces[i]!, state)));
    }
    return judgements;
  }

  #podOf(namespace: string): Pod {
    const pod = this.#pods.get(namespace);
    if (pod === undefined) throw new Error(`no namespace \`${namespace}\` was loaded`);
    return pod;
  }

  #judge(trace: string, state: ConnectionState): Judgement {
    const { steps, outputs } = parseTrace(trace, state);
    return {
      // Policies have passed the packet once it leaves the switch; where the router sends it is not the question.
      verdict: outputs.includes(routerPort) ? "allow" : "deny",
      policyAcl: this.#aclIn("ls_in_acl_after_lb", steps),
      firewallAcl: this.#aclIn("ls_out_acl", steps),
      trace,
    };
  }

  /** Newer OVN splits the stage in two, `…_eval` and `…_action`. */
  #aclIn(stage: string, steps: readonly TraceStep[]): string | undefined {
    return steps
      .filter((step) => step.stage === stage || step.stage === `${stage}_eval`)
      .map((step) => this.#acls.get(flowKey(step.uuid, step.priority)))
      .findLast((name) => name !== undefined);
  }
}

function flowKey(uuid: string, priority: number): string {
  return `${uuid}/${priority}`;
}

/** northd writes the first digits of the ACL into each flow it makes of it; the priority settles what they leave open. */
async function aclsByFlow(ovn: PrivateOvn): Promise<ReadonlyMap<string, string>> {
  const acls = await ovn.list("nb", "ACL", ["_uuid", "name", "priority"]);
  const names = new Map(acls.map(([uuid, name, priority]) => [`${shortUuid(uuid)}/${String(priority)}`, name]));
  const flows = await ovn.list("sb", "Logical_Flow", ["_uuid", "priority", "external_ids"]);
  const byFlow = new Map<string, string>();
  for (const [uuid, priority, externalIds] of flows) {
    const [, pairs] = externalIds as ["map", [string, string][]];
    const hint = pairs.find(([key]) => key === "stage-hint")?.[1];
    // northd adds 1000 to the priority of an ACL.
    const name = hint === undefined ? undefined : names.get(`${hint}/${Number(priority) - 1000}`);
    if (typeof name === "string") byFlow.set(flowKey(shortUuid(uuid), Number(priority)), name);
  }
  return byFlow;
}

function shortUuid(cell: unknown): string {
  const [, uuid] = cell as ["uuid", string];
  return uuid.slice(0, 8);
}

/** One node: its switch, a port to the cluster router, and the allow-related ACL every node has for its own host. */
function nodeCommands(): Commands {
  return [
    ["ls-add", nodeSwitch],
    ["lr-add", "ovn_cluster_router"],
    ["lrp-add", "ovn_cluster_router", "rtos-node1", routerMac, "10.128.0.1/16", "fd01::1/64"],
    ["lsp-add", nodeSwitch, routerPort],
    ["lsp-set-type", routerPort, "router"],
    ["lsp-set-addresses", routerPort, routerMac],
    ["lsp-set-options", routerPort, "router-port=rtos-node1"],
    // The question ends at the switch; a router that is down neither answers a ping nor sends anything back.
    ["lrp-set-enabled", "rtos-node1", "disabled"],
    // What makes the switch track connections, with or without network policies.
    ["acl-add", nodeSwitch, "to-lport", "1001", "ip4.src==10.128.0.2", "allow-related"],
  ];
}

function namespaceCommands(
  { name, firewall, policies = [] }: JudgedNamespace,
  pod: Pod,
  facts: ClusterFacts,
  hasTiers: boolean,
): Commands {
  const groups = [
    {
      name: namespacePortGroup(name),
      ports: [pod.port],
      acls: firewall === undefined ? [] : egressFirewallAcls(name, firewall, facts),
    },
    ...networkPolicyPortGroups(name, policies, [{ port: pod.port, labels: podLabels }]),
  ];
  return [
    ["lsp-add", nodeSwitch, pod.port],
    ["lsp-set-addresses", pod.port, `${pod.mac} ${pod.v4} ${pod.v6}`],
    ...groups.flatMap((group) => portGroupCommands(group, hasTiers)),
  ];
}

/** The packet the pod sends: to the router, as everything that leaves the node's own subnet. */
function microflow(pod: Pod, { address, protocol, port }: Connection): string {
  const { family } = address;
  const l4 = {
    tcp: `tcp && tcp.src == 40000 && tcp.dst == ${port}`,
    udp: `udp && udp.src == 40000 && udp.dst == ${port}`,
    sctp: `sctp && sctp.src == 40000 && sctp.dst == ${port}`,
    // An echo request.
    icmp: family === 4 ? "icmp4.type == 8 && icmp4.code == 0" : "icmp6.type == 128 && icmp6.code == 0",
    // GRE, as any protocol a policy cannot name.
    other: "ip.proto == 47",
  }[protocol];
  return [
    `inport == "${pod.port}"`,
    `eth.src == ${pod.mac}`,
    `eth.dst == ${routerMac}`,
    "ip.ttl == 64",
    `ip${family}.src == ${family === 4 ? pod.v4 : pod.v6}`,
    `ip${family}.dst == ${formatIp(address)}`,
    l4,
  ].join(" && ");
}
