import type { Connection } from "./connection.ts";
import { podMac, worker, type Node } from "./nodes.ts";
import { dataCentre } from "./outside.ts";
import type { Pod } from "./pods.ts";
import { weekEndMs } from "./week.ts";
import { audited, controlPlane, maintenance } from "./workloads.ts";

/** Which rule of `policies/shop-payments/egressfirewall.yaml` decides, by its index; that file is the one to read. */
function decidingRule(address: string, port: number): number {
  if (controlPlane.includes(address) && port === 6443) return 0;
  if (address.startsWith(dataCentre.prefix) && port === 5432) return 1;
  if (port === 443 || port === 80) return 2;
  return catchAll;
}
const catchAll = 4;

export function isBlocked(connection: Connection): boolean {
  if (connection.pod.namespace !== audited.namespace) return false;
  const real = realDestination(connection);
  return real !== undefined && decidingRule(real.address, real.port) === catchAll;
}

/**
 * The log `ovn-controller` keeps on one node: a line for every packet the pod sent that an ACL of the namespace's
 * egress firewall matched, with the addresses after translation. Constructed from the format; no recording of such
 * lines has been published.
 */
export function aclLog(node: Node, connections: readonly Connection[]): string {
  const lines = connections
    .filter(
      ({ pod, startMs }) => pod.node === node && pod.namespace === audited.namespace && startMs >= audited.sinceMs,
    )
    .flatMap(packetLines)
    .filter(({ timeMs }) => timeMs < weekEndMs)
    .sort((a, b) => a.timeMs - b.timeMs || (a.text < b.text ? -1 : 1));
  let serial = 3;
  let previousMs = 0;
  return lines
    .map(({ timeMs, text }) => {
      // Serial numbers start again with the daemon.
      const isRebooted = node === worker(maintenance.worker) && previousMs < maintenance.backMs;
      if (isRebooted && timeMs >= maintenance.backMs) serial = 3;
      previousMs = timeMs;
      serial += 1;
      const stamp = new Date(timeMs).toISOString();
      return `${stamp}|${String(serial).padStart(5, "0")}|acl_log(ovn_pinctrl0)|INFO|${text}\n`;
    })
    .join("");
}

interface PacketLine {
  readonly timeMs: number;
  readonly text: string;
}

function packetLines(connection: Connection): readonly PacketLine[] {
  const real = realDestination(connection);
  if (real === undefined) return [];
  const rule = decidingRule(real.address, real.port);
  const verdict = rule === catchAll ? "verdict=drop, severity=alert" : "verdict=allow, severity=info";
  const { pod, sourcePort, startMs, endMs } = connection;
  const head = `name="EF:${pod.namespace}:${rule}", ${verdict}, direction=to-lport: tcp,vlan_tci=0x0000`;
  const link = `dl_src=${podMac(pod.address).toLowerCase()},dl_dst=${gatewayMac(pod)}`;
  const network = `nw_src=${pod.address},nw_dst=${real.address},nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no`;
  return packets(connection).map((flags, index, all) => {
    const share = all.length === 1 ? 0 : index / (all.length - 1);
    // Repeated SYNs come after 1, 3, 7 … seconds, all others evenly enough.
    const afterMs = rule === catchAll ? (2 ** index - 1) * 1000 : Math.floor((endMs - startMs) * share);
    const text = `${head},${link},${network},tp_src=${sourcePort},tp_dst=${real.port},tcp_flags=${flags}`;
    return { timeMs: startMs + afterMs, text };
  });
}

/** Flags of the packets the pod sent, in order. */
function packets({ part, sent, received }: Connection): readonly string[] {
  if (received === undefined) return Array.from({ length: sent.packets }, () => "syn");
  const opening = part === "whole" || part === "opening" ? ["syn", "ack"] : [];
  const closing = part === "whole" || part === "closing" ? ["fin|ack"] : [];
  const between = Math.max(1, sent.packets - opening.length - closing.length);
  const talk = Array.from({ length: between }, (_, index) => (index % 2 === 0 ? "psh|ack" : "ack"));
  return [...opening, ...talk, ...closing];
}

/** Where packets go after a Service is translated; undefined for other pods, which no egress firewall concerns. */
function realDestination({ target }: Connection): { readonly address: string; readonly port: number } | undefined {
  if (target.kind === "outside") return target;
  if (typeof target.backend !== "string") return undefined;
  return { address: target.backend, port: target.service.targetPort };
}

function gatewayMac({ node: { podPrefix } }: Pod): string {
  return podMac(`10.${podPrefix.second}.${podPrefix.third}.1`).toLowerCase();
}
