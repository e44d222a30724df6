import { json, JsonScanner } from "../json-projection.ts";
import { verdict } from "../observation.ts";

const slot = { feature: 0, type: 1, action: 2, direction: 3, message: 4 } as const;
const scanner = new JsonScanner(
  { Feature: slot.feature, Type: slot.type, Action: slot.action, Direction: slot.direction, Message: slot.message },
  Object.keys(slot).length,
);

/**
 * What the events of a flow (`[{"Feature":"acl","Type":"EgressFirewall","Action":"drop",…}]`) say about its way out.
 * An allow of one pipeline stage may be followed by a drop of the next, so one drop decides.
 */
export function verdictOfEvents(bytes: Uint8Array, view: DataView, from: number, to: number): number {
  let found: number = verdict.seen;
  for (let p = from; p < to; p += 1) {
    if (bytes[p] !== 0x7b) continue;
    const end = scanner.scan(bytes, view, p);
    if (end < 0) return found;
    const said = verdictOfEvent(bytes);
    if (said === verdict.denied) return said;
    if (said === verdict.allowed) found = said;
    p = end - 1;
  }
  return found;
}

function verdictOfEvent(bytes: Uint8Array): number {
  const word = (index: number): string => (scanner.kind[index] === json.string ? scanner.text(bytes, index) : "");
  return verdictOfNetworkEvent({
    type: word(slot.type),
    action: word(slot.action),
    direction: word(slot.direction),
    message: word(slot.message),
  });
}

/** One event as words; empty where the record has none. */
export interface NetworkEvent {
  readonly type: string;
  readonly action: string;
  readonly direction: string;
  readonly message: string;
}

/** @see OVN-Kubernetes observability-lib: an egress firewall's event is about egress whatever its direction says */
export function verdictOfNetworkEvent({ type, action, direction, message }: NetworkEvent): number {
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
