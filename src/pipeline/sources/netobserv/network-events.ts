import { anyPolicy, type Decider } from "../../../core/policy/decider.ts";
import { json, JsonScanner } from "../json-projection.ts";
import { unescapeJson } from "../json-unescape.ts";
import { type Observation, verdict } from "../observation.ts";
import { utf8Text } from "../text-bytes.ts";

const slot = { feature: 0, type: 1, action: 2, direction: 3, message: 4, namespace: 5, name: 6 } as const;
const scanner = new JsonScanner(
  {
    Feature: slot.feature,
    Type: slot.type,
    Action: slot.action,
    Direction: slot.direction,
    Message: slot.message,
    Namespace: slot.namespace,
    Name: slot.name,
  },
  Object.keys(slot).length,
);

/**
 * Takes in what the events of a flow (`[{"Feature":"acl","Type":"EgressFirewall","Action":"drop",…}]`) say about its way
 * out, up to the first that is broken.
 */
export function takeEvents(o: Observation, bytes: Uint8Array, view: DataView, from: number, to: number): void {
  const word = (index: number): string => {
    if (scanner.kind[index] === json.string) return scanner.text(bytes, index);
    if (scanner.kind[index] !== json.escaped) return "";
    const start = scanner.from[index]!;
    return utf8Text(bytes, start, unescapeJson(bytes, start, scanner.to[index]!));
  };
  for (let p = from; p < to; p += 1) {
    if (bytes[p] !== 0x7b) continue;
    const end = scanner.scan(bytes, view, p);
    if (end < 0) return;
    takeEvent(o, {
      type: word(slot.type),
      action: word(slot.action),
      direction: word(slot.direction),
      message: word(slot.message),
      namespace: word(slot.namespace),
      name: word(slot.name),
    });
    p = end - 1;
  }
}

/** An allow of one pipeline stage may be followed by a drop of the next, so one drop decides. */
export function takeEvent(o: Observation, event: NetworkEvent): void {
  const said = verdictOfNetworkEvent(event);
  if (said === verdict.seen || (said === verdict.allowed && o.verdict === verdict.denied)) return;
  if (o.verdict !== said) o.deciderCount = 0;
  o.verdict = said;
  const decider = deciderOfNetworkEvent(event);
  if (decider !== undefined) o.addDecider(decider);
}

/** The record says otherwise that the flow was dropped: what allowed it did not decide. */
export function takeDrop(o: Observation): void {
  if (o.verdict !== verdict.denied) o.deciderCount = 0;
  o.verdict = verdict.denied;
}

/** One event as words; empty where the record has none. */
export interface NetworkEvent {
  readonly type: string;
  readonly action: string;
  readonly direction: string;
  readonly message: string;
  readonly namespace: string;
  readonly name: string;
}

/** @see OVN-Kubernetes observability-lib: an egress firewall's event is about egress whatever its direction says */
function verdictOfNetworkEvent({ type, action, direction, message }: NetworkEvent): number {
  if (message !== "") {
    if (/ingress/i.test(message)) return verdict.seen;
    return /^(dropped|rejected)/i.test(message)
      ? verdict.denied
      : /^allowed/i.test(message)
        ? verdict.allowed
        : verdict.seen;
  }
  if (direction !== "Egress" && type !== "EgressFirewall") return verdict.seen;
  if (action === "drop" || action === "reject") return verdict.denied;
  return action.startsWith("allow") ? verdict.allowed : verdict.seen;
}

/** What network events call the stages that are policies. An egress firewall has no name but `default`, and none is told. */
function deciderOfNetworkEvent({ type, namespace, name }: NetworkEvent): Decider | undefined {
  const rule = undefined;
  switch (type) {
    case "EgressFirewall":
      return namespace === "" ? undefined : { kind: type, namespace, name: "default", rule };
    case "NetworkPolicy":
      return namespace === "" ? undefined : { kind: type, namespace, name, rule };
    case "NetpolNamespace":
      return namespace === "" ? undefined : { kind: "NetworkPolicy", namespace, name: anyPolicy, rule };
    case "AdminNetworkPolicy":
    case "BaselineAdminNetworkPolicy":
      return { kind: type, namespace: "", name, rule };
    default:
      return undefined;
  }
}
