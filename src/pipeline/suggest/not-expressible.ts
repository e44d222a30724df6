import { hasPorts } from "../../core/net/l4.ts";
import type { PolicyKind } from "../../core/policy/model.ts";
import type { Edge } from "../flows/edge.ts";
import type { NotExpressible } from "./draft-input.ts";

/** Of what is needed, that which no policy of the kind can say without saying far more. It is told, and not required. */
export function notExpressibleIn(kind: PolicyKind, needed: readonly Edge[]): readonly NotExpressible[] {
  return needed.flatMap((edge) => {
    const because = reasonFor(kind, edge);
    return because === undefined ? [] : [{ edge, because }];
  });
}

function reasonFor(kind: PolicyKind, { protocol, address }: Edge): string | undefined {
  if (kind === "EgressNetworkPolicy") return address.family === 6 ? "an EgressNetworkPolicy has no IPv6" : undefined;
  if (hasPorts(protocol)) return undefined;
  if (protocol !== "icmp") {
    return "a protocol without ports can only be allowed by opening every protocol and port to the address";
  }
  switch (kind) {
    case "CalicoNetworkPolicy":
    case "CalicoGlobalNetworkPolicy":
      return undefined;
    case "CiliumNetworkPolicy":
    case "CiliumClusterwideNetworkPolicy":
      return "which types of ICMP it needs is not recorded: add a rule with `icmps` for those it does";
    default:
      return "ICMP can only be allowed by opening every protocol and port to the address";
  }
}
