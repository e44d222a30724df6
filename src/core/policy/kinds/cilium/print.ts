import { formatCidr } from "../../../net/ip-set.ts";
import { globOf, type NamePattern } from "../../../net/name-pattern.ts";
import type {
  CiliumDraftDestination,
  CiliumDraftPort,
  CiliumDraftRule,
  CiliumPolicyDraft,
} from "../../draft-cilium.ts";
import type { PrintedManifest, PrintedValue } from "../../printed-manifest.ts";
import { printHeader, printLabelSelector } from "../print-parts.ts";
import { mostPorts } from "./ports.ts";

type PrintedObject = Readonly<Record<string, PrintedValue>>;

/** Denies under `egressDeny`, allows under `egress`, each in the draft's order. */
export function printCiliumPolicy(draft: CiliumPolicyDraft): PrintedManifest {
  const denies = draft.rules.filter(({ action }) => action === "deny");
  const allows = draft.rules.filter(({ action }) => action === "allow");
  return {
    value: {
      ...printHeader(draft),
      spec: {
        endpointSelector: printLabelSelector(draft.endpointSelector),
        ...(denies.length === 0 ? {} : { egressDeny: denies.map(printRule) }),
        // A section without rules would not isolate; an empty rule does, and matches nothing.
        egress: allows.length === 0 ? [{}] : allows.map(printRule),
      },
    },
    header: draft.comment,
    ruleComments: allows.map(({ comment }) => comment),
    denyComments: denies.map(({ comment }) => comment),
  };
}

function printRule({ to, ports, asked }: CiliumDraftRule): PrintedObject {
  const parts: (readonly CiliumDraftPort[])[] = [];
  for (let at = 0; at < ports.length; at += mostPorts) parts.push(ports.slice(at, at + mostPorts));
  const rules = asked.length === 0 ? {} : { rules: { dns: asked.map(printName) } };
  return {
    ...(to === undefined ? {} : printDestination(to)),
    ...(parts.length === 0 ? {} : { toPorts: parts.map((part) => ({ ports: part.map(printCiliumPort), ...rules })) }),
  };
}

function printDestination(to: CiliumDraftDestination): PrintedObject {
  switch (to.kind) {
    case "blocks":
      return {
        toCIDRSet: to.blocks.map(({ cidr, except }) => ({
          cidr: formatCidr(cidr),
          ...(except.length === 0 ? {} : { except: except.map(formatCidr) }),
        })),
      };
    case "names":
      return { toFQDNs: to.patterns.map(printName) };
    case "entities":
      return { toEntities: to.entities };
    case "endpoints":
      return { toEndpoints: to.selectors.map(printLabelSelector) };
    default:
      return to satisfies never;
  }
}

function printName(pattern: NamePattern): PrintedObject {
  return pattern.kind === "exact" ? { matchName: pattern.name } : { matchPattern: globOf(pattern) };
}

function printCiliumPort({ protocol, port, endPort }: CiliumDraftPort): PrintedObject {
  return {
    port: String(port),
    ...(endPort === undefined ? {} : { endPort }),
    protocol: protocol.toUpperCase(),
  };
}
