import { containsIp, type IpSet, ipSetOf, parseCidr } from "../../core/net/ip-set.ts";
import { formatIp } from "../../core/net/ip.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import { disputedNames } from "./disputed-names.ts";
import type { Harvest, HarvestWarning, HarvestWarningCode, LeftOutReason } from "./harvest.ts";
import { hiddenDns } from "./hidden-dns.ts";

/** What a person must know before trusting a harvest, the gravest first. */
export function warningsOf(
  harvest: Omit<Harvest, "warnings" | "isComplete">,
  inferredFrom: readonly string[],
): readonly HarvestWarning[] {
  const { edges, malformed, inputs, samplingMax, gaps, overflow, clusterNetworks } = harvest;
  const warnings: HarvestWarning[] = [];
  const warn = (code: HarvestWarningCode, message: string): void => {
    warnings.push({ code, message });
  };
  const left = (reason: LeftOutReason): { flows: number; example: string } | undefined =>
    harvest.leftOut.find((entry) => entry.reason === reason);

  if (edges.length === 0) warn("flows_none", "no egress was found, so there is nothing to learn from");
  if (overflow.edges > 0) {
    warn("flows_overflow", `${count(overflow.edges, "flow")} did not fit into the limits, read fewer flows at a time`);
  }
  if (overflow.activity > 0) {
    warn("flows_overflow", `activity by hour is incomplete, read a shorter time at once`);
  }
  if (overflow.names > 0) warn("flows_overflow", `${count(overflow.names, "name")} did not fit into the limits`);
  if (samplingMax > 1) {
    const chance = Math.round(100 * (1 - (1 - 1 / samplingMax) ** 10));
    warn(
      "flows_sampled",
      `only 1 in ${samplingMax} packets was recorded: a connection of ten packets is seen with a chance of ${chance} %, ` +
        "set the agent's sampling to 1 before relying on this",
    );
  }
  if (gaps.lostEvents > 0) warn("flows_lost", `the source lost ${count(gaps.lostEvents, "event")}`);
  if (gaps.nodeOutages > 0) warn("flows_lost", `nodes were not reachable ${count(gaps.nodeOutages, "time")}`);
  if (inputs.some(({ format }) => format === "ovn-acl")) {
    warn(
      "flows_audit_log_partial",
      "ACL audit logs hold at most 20 lines a second per rule and node and only what a policy logs, so traffic may be missing",
    );
  }
  if (malformed.count > 0) {
    const [first] = malformed.samples;
    const where = first === undefined ? "" : `, the first in ${placeOf(first)}: ${first.reason}`;
    warn("flows_malformed", `${count(malformed.count, "record")} could not be read${where}`);
  }
  for (const { path, bytes, isTruncated } of inputs) {
    if (bytes === 0) warn("flows_empty_input", `\`${path}\` is empty`);
    if (isTruncated) warn("flows_truncated", `the last record of \`${path}\` is cut off and was left out`);
  }
  const { proxied } = harvest;
  if (proxied !== undefined) {
    warn(
      "flows_proxied",
      `${count(proxied.requests, "request")} went to hosts behind a proxy, which an egress firewall does not see: allow the ` +
        `proxy here and limit the hosts there (${proxied.example})`,
    );
  }
  const [hidden] = hiddenDns(edges);
  if (hidden !== undefined) {
    const { namespace, workload, address, protocol, port } = hidden;
    warn(
      "flows_dns_hidden",
      `${namespace}/${formatWorkload(workload)} asks a resolver outside by encrypted DNS (${formatIp(address)} ` +
        `${protocol}/${port}), so names of what it reaches are missing: let it ask the cluster's DNS`,
    );
  }
  const disputed = disputedNames(harvest.nameEvidence);
  const [example] = disputed;
  if (example !== undefined) {
    warn(
      "flows_names_disputed",
      `no DNS answer fits ${count(disputed.length, "name")} that clients claimed (${example.namespace}/` +
        `${formatWorkload(example.workload)} calls ${formatIp(example.address)} ${example.name}): the answer may be older than ` +
        "the recording, or the claim false",
    );
  }
  const unknownSource = left("source-unknown");
  if (unknownSource !== undefined) {
    warn(
      "flows_source_unknown",
      `${count(unknownSource.flows, "flow")} of unknown pods left out, give a cluster dump to tell whose they are ` +
        `(${unknownSource.example})`,
    );
  }
  const unknownOpener = left("initiator-unknown");
  if (unknownOpener !== undefined) {
    warn(
      "flows_initiator_unknown",
      `${count(unknownOpener.flows, "flow")} left out because nothing tells who opened the connection ` +
        `(${unknownOpener.example})`,
    );
  }
  const unresolved = left("service-unresolved");
  if (unresolved !== undefined) {
    warn(
      "flows_service_unresolved",
      `${count(unresolved.flows, "flow")} to services with unknown backends left out, give a cluster dump to see behind ` +
        `them (${unresolved.example})`,
    );
  }
  if (inferredFrom.length > 0) {
    const options = ["pods", "services"].filter((role) => inferredFrom.some((reason) => reason.startsWith(role)));
    const names = options.map((role) => (role === "pods" ? "`--cluster-network`" : "`--service-network`"));
    warn(
      "flows_networks_inferred",
      `the cluster's networks were inferred, name them with ${names.join(" and ")} if this is wrong: ${inferredFrom.join(", ")}`,
    );
  } else if (clusterNetworks.origin === "unknown") {
    const suspect = edges.find(({ address }) => containsIp(usualInside, address));
    if (suspect !== undefined) {
      warn(
        "flows_networks_unknown",
        `\`${formatIp(suspect.address)}\` looks like an address inside the cluster, name its networks with \`--cluster-network\``,
      );
    }
  }
  return warnings;
}

const usualInside: IpSet = ipSetOf(
  ...["10.128.0.0/14", "172.30.0.0/16"].flatMap((text) => {
    const cidr = parseCidr(text);
    return cidr.ok ? [cidr.value] : [];
  }),
);

function placeOf({ file, line, byteOffset }: Harvest["malformed"]["samples"][number]): string {
  return line === undefined ? `\`${file}\` at byte ${byteOffset}` : `\`${file}\` line ${line}`;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}
