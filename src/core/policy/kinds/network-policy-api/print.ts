import { formatCidr } from "../../../net/ip-set.ts";
import { formatNamePattern } from "../../../net/name-pattern.ts";
import type {
  ClusterPolicyDraft,
  ClusterPolicyDraftPeer,
  ClusterPolicyDraftRule,
  DraftPortRange,
} from "../../draft.ts";
import { everyLabel } from "../../label-selector.ts";
import type { PolicySubject } from "../../model.ts";
import type { PrintedManifest, PrintedValue } from "../../printed-manifest.ts";
import { printHeader, printLabelSelector } from "../print-parts.ts";

/** Any of the three kinds, egress alone. */
export function printClusterPolicy(draft: ClusterPolicyDraft): PrintedManifest {
  return {
    value: {
      ...printHeader(draft),
      spec: {
        ...(draft.kind === "ClusterNetworkPolicy" ? { tier: draft.tier } : {}),
        ...(draft.kind === "BaselineAdminNetworkPolicy" ? {} : { priority: draft.priority }),
        subject: printSubject(draft.subject),
        egress: draft.rules.map((rule) => printRule(draft.kind, rule)),
      },
    },
    header: draft.comment,
    ruleComments: draft.rules.map(({ comment }) => comment),
  };
}

function printSubject({ namespaces = everyLabel, pods }: PolicySubject): PrintedValue {
  if (pods === undefined) return { namespaces: printLabelSelector(namespaces) };
  return { pods: { namespaceSelector: printLabelSelector(namespaces), podSelector: printLabelSelector(pods) } };
}

function printRule(kind: ClusterPolicyDraft["kind"], rule: ClusterPolicyDraftRule): PrintedValue {
  const { name, action, to, ports } = rule;
  const isCluster = kind === "ClusterNetworkPolicy";
  const words = { allow: isCluster ? "Accept" : "Allow", deny: "Deny", pass: "Pass" } as const;
  const printed = ports.map(isCluster ? printProtocol : printPort);
  return {
    ...(name === undefined ? {} : { name }),
    action: words[action],
    to: to.map(printPeer),
    ...(printed.length === 0 ? {} : { [isCluster ? "protocols" : "ports"]: printed }),
  };
}

function printPeer(peer: ClusterPolicyDraftPeer): PrintedValue {
  switch (peer.kind) {
    case "networks":
      return { networks: peer.cidrs.map(formatCidr) };
    case "names":
      return { domainNames: peer.patterns.map(formatNamePattern) };
    case "nodes":
      return { nodes: printLabelSelector(peer.selector) };
    case "pods": {
      const { namespaces, pods } = peer;
      if (pods === undefined) return { namespaces: printLabelSelector(namespaces) };
      return { pods: { namespaceSelector: printLabelSelector(namespaces), podSelector: printLabelSelector(pods) } };
    }
    default:
      return peer satisfies never;
  }
}

/** v1alpha1. */
function printPort({ protocol, port, endPort }: DraftPortRange): PrintedValue {
  const word = protocol.toUpperCase();
  if (endPort === undefined) return { portNumber: { protocol: word, port } };
  return { portRange: { protocol: word, start: port, end: endPort } };
}

/** v1alpha2. */
function printProtocol({ protocol, port, endPort }: DraftPortRange): PrintedValue {
  const destinationPort = endPort === undefined ? { number: port } : { range: { start: port, end: endPort } };
  return { [protocol]: { destinationPort } };
}
