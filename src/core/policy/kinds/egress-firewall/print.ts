import { formatCidr } from "../../../net/ip-set.ts";
import { formatNamePattern } from "../../../net/name-pattern.ts";
import type { EgressFirewallDraft, EgressFirewallDraftRule } from "../../draft.ts";
import type { PrintedManifest, PrintedValue } from "../../printed-manifest.ts";
import { printAction, printHeader, printLabelSelector, printPort } from "../print-parts.ts";

export function printEgressFirewall(draft: EgressFirewallDraft): PrintedManifest {
  return {
    value: { ...printHeader(draft), spec: { egress: draft.rules.map(printRule) } },
    header: draft.comment,
    ruleComments: draft.rules.map(({ comment }) => comment),
  };
}

function printRule({ action, to, ports }: EgressFirewallDraftRule): PrintedValue {
  return {
    type: printAction(action),
    to: printDestination(to),
    ...(ports.length === 0 ? {} : { ports: ports.map(printPort) }),
  };
}

function printDestination(to: EgressFirewallDraftRule["to"]): PrintedValue {
  switch (to.kind) {
    case "cidr":
      return { cidrSelector: formatCidr(to.cidr) };
    case "name":
      if (to.pattern.kind === "subdomains") throw new Error("an EgressFirewall wildcard stands for one label only");
      return { dnsName: formatNamePattern(to.pattern) };
    case "nodes":
      return { nodeSelector: printLabelSelector(to.selector) };
    default:
      return to satisfies never;
  }
}
