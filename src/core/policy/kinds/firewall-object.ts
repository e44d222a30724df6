import type { EgressPolicy, Rule } from "../model.ts";
import { field, type Fields, type Inspection } from "./inspection.ts";

/** What the two firewall kinds have in common: `spec.egress` as written; empty when it is missing, which is reported. */
export function readEgressList(inspection: Inspection, spec: Fields | undefined): readonly unknown[] {
  if (spec === undefined) return [];
  inspection.unknownFields(spec, ["egress"], ["spec"]);
  const egress = field(spec, "egress");
  if (egress !== undefined) return inspection.list(egress, ["spec", "egress"]) ?? [];
  inspection.missing(["spec"], "egress");
  return [];
}

/** An ordered list for all pods of the namespace, first match, allowed when nothing matches. */
export function firewallPolicy(
  kind: "EgressFirewall" | "EgressNetworkPolicy",
  { namespace, name }: { readonly namespace: string; readonly name: string },
  rules: readonly Rule[],
  written: readonly unknown[],
  inspection: Inspection,
): EgressPolicy {
  return {
    kind,
    namespace,
    name,
    podSelector: undefined,
    isolates: true,
    rules,
    otherwise: "allow",
    at: inspection.at([]),
    ruleLocations: written.map((_, index) => inspection.at(["spec", "egress", index])),
    notApplied: inspection.notApplied,
  };
}
