import { intervalSet } from "../../../net/interval-set.ts";
import { anyL4, formatL4Set, type L4Set, l4Ports, type PortProtocol } from "../../../net/l4.ts";
import { quoted } from "../../../quoted.ts";
import type { Manifest, Path } from "../../manifest.ts";
import type { EgressPolicy, Finding, Rule } from "../../model.ts";
import { firewallPolicy, readAction, readEgressList } from "../firewall-object.ts";
import { readHeader, type ReadOptions } from "../header.ts";
import { field, Inspection, isFields } from "../inspection.ts";
import { fitWord } from "../unanchored.ts";
import { readDestination } from "./destination.ts";

/** Rules with index 0..8000 are accepted; the documents say 8,000. */
export const documentedRules = 8000;

/**
 * Reads a `k8s.ovn.org/v1` EgressFirewall as the API server and then OVN-Kubernetes would (the controller's
 * egressfirewall.go). Never throws, whatever the value.
 * @returns the policy as far as it can be understood, `notApplied` saying why a cluster would not apply it; no policy
 *   when the value is no object
 */
export function readEgressFirewall(
  manifest: Manifest,
  options: ReadOptions = {},
): { readonly policy?: EgressPolicy; readonly findings: readonly Finding[] } {
  const inspection = new Inspection(manifest);
  const object = inspection.fields(manifest.value, []);
  if (object === undefined) return { findings: inspection.findings };
  const header = readHeader(inspection, object, "EgressFirewall", options);
  const written = readEgressList(inspection, header.spec);
  const count = `${written.length} rules`;
  if (written.length > documentedRules + 1) inspection.report("ef_rules_too_many", ["spec", "egress"], count);
  else if (written.length > documentedRules) inspection.report("ef_rules_many", ["spec", "egress"], count);
  const known: KnownPorts = new Map();
  const rules = written.flatMap((value, index) => readRule(inspection, value, index, options, known) ?? []);
  return {
    policy: firewallPolicy("EgressFirewall", header, rules, written, inspection),
    findings: inspection.findings,
  };
}

const widened =
  "`oc apply` with its default validation refuses the object; any other way in drops the field silently: the rule " +
  "is then wider than written";

function readRule(
  inspection: Inspection,
  value: unknown,
  index: number,
  options: ReadOptions,
  known: KnownPorts,
): Rule | undefined {
  const path = ["spec", "egress", index];
  const rule = inspection.fields(value, path);
  if (rule === undefined) return undefined;
  inspection.unknownFields(rule, ["type", "to", "ports"], path, { effect: widened });
  const action = readAction(inspection, field(rule, "type"), path, "ef");
  const ports = readPorts(inspection, field(rule, "ports"), path, known);
  const to = field(rule, "to");
  if (to === undefined) inspection.missing(path, "to");
  const found = to === undefined ? undefined : readDestination(inspection, to, path, action ?? "allow", options);
  if (action === undefined || found === undefined) return undefined;
  const text = `${action === "allow" ? "Allow" : "Deny"} ${found.text}${ports.text}`;
  return { action, to: found.to, l4: ports.l4, text, written: index };
}

const protocols: Readonly<Record<string, PortProtocol>> = { TCP: "tcp", UDP: "udp", SCTP: "sctp" };

interface ReadPorts {
  readonly l4: L4Set;
  /** Behind the destination in the rule's text. */
  readonly text: string;
}

const everyPort: ReadPorts = { l4: anyL4, text: "" };
const noPort: ReadPorts = { l4: [], text: " none" };

/** Port sets by their members: most rules of a policy share a few. */
type KnownPorts = Map<string, ReadPorts>;

/** Empty where no port is left that could match. */
function readPorts(inspection: Inspection, value: unknown, path: Path, known: KnownPorts): ReadPorts {
  if (value === undefined) return everyPort;
  const ports = inspection.list(value, [...path, "ports"]);
  if (ports === undefined) return noPort;
  if (ports.length === 0) {
    const message = "`ports` is empty, which means every port of every protocol";
    inspection.report("ef_ports_empty", [...path, "ports"], message);
    return everyPort;
  }
  const found = ports.flatMap((port, i) => plainPort(port) ?? readPort(inspection, port, [...path, "ports", i]) ?? []);
  const key = found.map(({ first }) => first).join();
  let set = known.get(key);
  if (set === undefined) {
    const l4 = intervalSet(found);
    set = { l4, text: ` ${formatL4Set(l4)}` };
    known.set(key, set);
  }
  if (found.length === 0) {
    const message = "no entry of `ports` can match, so the rule matches nothing";
    inspection.report("ef_rule_without_effect", [...path, "ports"], message);
  }
  return set;
}

/** The ordinary entry, without the paths that only findings need. */
function plainPort(value: unknown): ReturnType<typeof l4Ports> | undefined {
  if (!isFields(value) || Object.keys(value).length !== 2) return undefined;
  const { protocol, port } = value;
  if (typeof protocol !== "string" || !Object.hasOwn(protocols, protocol)) return undefined;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65535) return undefined;
  return l4Ports(protocols[protocol]!, port);
}

function readPort(inspection: Inspection, value: unknown, path: Path): ReturnType<typeof l4Ports> | undefined {
  const entry = inspection.fields(value, path);
  if (entry === undefined) return undefined;
  inspection.unknownFields(entry, ["protocol", "port"], path);
  const protocol = readProtocol(inspection, field(entry, "protocol"), path);
  const number = field(entry, "port");
  if (number === undefined) {
    inspection.missing(path, "port");
    return undefined;
  }
  const port = inspection.integer(number, [...path, "port"]);
  if (port === undefined) return undefined;
  if (port < 1 || port > 65535) {
    inspection.report("ef_port_range", [...path, "port"], `port ${quoted(port)} is not between 1 and 65535`);
    return undefined;
  }
  return protocol === undefined ? undefined : l4Ports(protocol, port);
}

function readProtocol(inspection: Inspection, value: unknown, path: Path): PortProtocol | undefined {
  if (value === undefined) {
    inspection.missing(path, "protocol");
    return undefined;
  }
  const at = [...path, "protocol"];
  const text = inspection.text(value, at);
  if (text === undefined) return undefined;
  if (Object.hasOwn(protocols, text)) return protocols[text];
  switch (fitWord(text, Object.keys(protocols))) {
    case "unanchored":
      inspection.report("ef_unanchored_protocol", at, `${quoted(text)} is stored, and the port is then skipped`);
      return undefined;
    default: {
      const upper = text.toUpperCase();
      const fix = Object.hasOwn(protocols, upper) ? { fix: `write \`${upper}\`` } : {};
      inspection.report("ef_protocol", at, `${quoted(text)} is none of \`TCP\`, \`UDP\`, \`SCTP\``, fix);
      return undefined;
    }
  }
}
