import { formatCidr } from "../../../net/ip-set.ts";
import type {
  NetworkPolicyDraft,
  NetworkPolicyDraftPeer,
  NetworkPolicyDraftPort,
  NetworkPolicyDraftRule,
} from "../../draft.ts";
import type { PrintedManifest, PrintedValue } from "../../printed-manifest.ts";
import { printHeader, printLabelSelector } from "../print-parts.ts";

export function printNetworkPolicy(draft: NetworkPolicyDraft): PrintedManifest {
  return {
    value: {
      ...printHeader(draft),
      spec: {
        podSelector: printLabelSelector(draft.podSelector),
        policyTypes: ["Egress"],
        egress: draft.rules.map(printRule),
      },
    },
    header: draft.comment,
    ruleComments: draft.rules.map(({ comment }) => comment),
  };
}

function printRule({ to, ports }: NetworkPolicyDraftRule): PrintedValue {
  return {
    ...(to.length === 0 ? {} : { to: to.map(printPeer) }),
    ...(ports.length === 0 ? {} : { ports: ports.map(printPort) }),
  };
}

function printPeer(peer: NetworkPolicyDraftPeer): PrintedValue {
  if (peer.kind === "cidr") {
    const except = peer.except.map(formatCidr);
    return { ipBlock: { cidr: formatCidr(peer.cidr), ...(except.length === 0 ? {} : { except }) } };
  }
  const { namespaces, pods } = peer;
  if (namespaces === undefined && pods === undefined)
    throw new Error("a peer of a NetworkPolicy must select something");
  return {
    ...(namespaces === undefined ? {} : { namespaceSelector: printLabelSelector(namespaces) }),
    ...(pods === undefined ? {} : { podSelector: printLabelSelector(pods) }),
  };
}

function printPort({ protocol, port, endPort }: NetworkPolicyDraftPort): PrintedValue {
  return {
    protocol: protocol.toUpperCase(),
    ...(port === undefined ? {} : { port }),
    ...(endPort === undefined ? {} : { endPort }),
  };
}
