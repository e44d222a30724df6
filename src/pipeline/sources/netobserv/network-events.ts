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
  const message = word(slot.message);
  if (message !== "") {
    if (/ingress/i.test(message)) return verdict.seen;
    return /^(dropped|rejected)/i.test(message)
      ? verdict.denied
      : /^allowed/i.test(message)
        ? verdict.allowed
        : verdict.seen;
  }
  if (word(slot.direction) !== "Egress" && word(slot.type) !== "EgressFirewall") return verdict.seen;
  const action = word(slot.action);
  if (action === "drop" || action === "reject") return verdict.denied;
  return action.startsWith("allow") ? verdict.allowed : verdict.seen;
}
