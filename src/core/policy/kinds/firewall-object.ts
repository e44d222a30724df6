import { quoted } from "../../quoted.ts";
import type { Path } from "../manifest.ts";
import type { Action, EgressPolicy, Rule } from "../model.ts";
import { field, type Fields, type Inspection } from "./inspection.ts";
import { fitWord } from "./unanchored.ts";

/** What the two firewall kinds have in common: `spec.egress` as written; empty when it is missing, which is reported. */
export function readEgressList(inspection: Inspection, spec: Fields | undefined): readonly unknown[] {
  if (spec === undefined) return [];
  inspection.unknownFields(spec, ["egress"], ["spec"]);
  const egress = field(spec, "egress");
  if (egress !== undefined) return inspection.list(egress, ["spec", "egress"]) ?? [];
  inspection.missing(["spec"], "egress");
  return [];
}

/**
 * The word of a rule. Both CRDs share the pattern that is not anchored, and both controllers compare with `Allow` and
 * deny on anything else (policy-semantics §1.1, §2).
 */
export function readAction(
  inspection: Inspection,
  value: unknown,
  path: Path,
  codes: "ef" | "enp",
): Action | undefined {
  if (value === undefined) inspection.missing(path, "type");
  if (value === "Allow") return "allow";
  if (value === "Deny") return "deny";
  if (value === undefined) return undefined;
  const at = [...path, "type"];
  const text = inspection.text(value, at);
  if (text === undefined) return undefined;
  if (fitWord(text, ["Allow", "Deny"]) === "refused") {
    inspection.report(`${codes}_type`, at, `${quoted(text)} is neither \`Allow\` nor \`Deny\``);
    return undefined;
  }
  inspection.report(`${codes}_unanchored_type`, at, `${quoted(text)} is stored, and works as \`Deny\``);
  return "deny";
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
