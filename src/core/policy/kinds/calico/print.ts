import { formatCidr } from "../../../net/ip-set.ts";
import { expressionOf } from "../../label-selector.ts";
import type { PrintedManifest, PrintedValue } from "../../printed-manifest.ts";
import { formatExpression } from "../../selector-expression.ts";
import { manifestKindOf, policyApiVersions } from "../header.ts";
import { printAction, printHeader } from "../print-parts.ts";
import type { CalicoDraft, CalicoDraftDestination, CalicoDraftRule, CalicoNetworkSetDraft } from "./draft.ts";

export function printCalicoPolicy(draft: CalicoDraft): PrintedManifest {
  return {
    value: {
      ...printHeader(draft),
      kind: manifestKindOf(draft.kind),
      spec: {
        tier: "default",
        order: draft.order,
        ...(draft.kind === "CalicoGlobalNetworkPolicy"
          ? { namespaceSelector: formatExpression(expressionOf(draft.namespaces)) }
          : {}),
        selector: formatExpression(expressionOf(draft.pods)),
        types: ["Egress"],
        egress: draft.rules.map(printRule),
      },
    },
    header: draft.comment,
    ruleComments: draft.rules.map(({ comment }) => comment),
    companions: draft.sets.map(printSet),
  };
}

function printSet({ name, labels, cidrs, comment }: CalicoNetworkSetDraft): PrintedManifest {
  return {
    value: {
      apiVersion: policyApiVersions.CalicoGlobalNetworkPolicy,
      kind: "GlobalNetworkSet",
      metadata: { name, labels: { ...labels } },
      spec: { nets: cidrs.map(formatCidr) },
    },
    header: comment,
    ruleComments: [],
  };
}

const protocols = { tcp: "TCP", udp: "UDP", sctp: "SCTP", icmp: "ICMP", icmpv6: "ICMPv6" } as const;

function printRule({ action, protocol, ports, to }: CalicoDraftRule): PrintedValue {
  const destination = { ...printDestination(to), ...(ports.length === 0 ? {} : { ports: [...ports] }) };
  return {
    action: printAction(action),
    ...(protocol === undefined ? {} : { protocol: protocols[protocol] }),
    ...(Object.keys(destination).length === 0 ? {} : { destination }),
  };
}

function printDestination(to: CalicoDraftDestination): Readonly<Record<string, PrintedValue>> {
  switch (to.kind) {
    case "everything":
      return {};
    case "pods":
      // The label is Calico's own and on every pod; without it, network sets of namespaces would be selected too.
      return { selector: "projectcalico.org/orchestrator == 'k8s'", namespaceSelector: "all()" };
    case "blocks":
      return { nets: to.cidrs.map(formatCidr) };
    case "sets":
      return { selector: `${to.label} == '${to.value}'`, namespaceSelector: "global()" };
    default:
      return to satisfies never;
  }
}
