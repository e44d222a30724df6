import { intervalSet } from "../../../core/net/interval-set.ts";
import { cidrAround, ipSetOf } from "../../../core/net/ip-set.ts";
import { anyL4, l4Ports } from "../../../core/net/l4.ts";
import type { FindingCode } from "../../../core/policy/findings/catalogue.ts";
import { inspectSet } from "../../../core/policy/inspect-set.ts";
import type { EgressPolicy } from "../../../core/policy/model.ts";
import type { PrintedRule, RuleEdit } from "../../../core/policy/rule-edit.ts";
import type { ClusterFacts } from "../../flows/cluster-facts.ts";
import { apiServerAccess } from "../../suggest/safety-prelude.ts";
import type { ChangePromise, Improvement } from "./improvement.ts";
import { daysText, leastDays } from "./observation.ts";
import { printRule, type RuleTarget } from "./print-rule.ts";

/**
 * Rules that a firewall lacks: the deny of the family it forgot, and the way to the API server before a deny. A family is
 * only closed where the namespace was watched long enough to show whether anybody uses it.
 * @param watchedDays days of recording that hold traffic of the namespace; 0 where nothing was recorded of it
 */
export function missingRules(policy: EgressPolicy, facts: ClusterFacts, watchedDays: number): readonly Improvement[] {
  if (policy.kind !== "EgressFirewall" && policy.kind !== "EgressNetworkPolicy") return [];
  return inspectSet([policy], facts).flatMap(({ code, message, at }): readonly Improvement[] => {
    if (code === "ipv6_left_open" || code === "ipv4_left_open") {
      const family = code === "ipv6_left_open" ? 6 : 4;
      const everything = cidrAround({ family, value: 0n }, 0);
      const add = printRule(policy, "deny", { kind: "cidr", cidr: everything }, anyL4);
      if (add === undefined) return [];
      const found = { code, policy, rule: undefined, message } as const;
      if (watchedDays + 0.01 < leastDays)
        return [{ ...found, mend: { kind: "none", because: unseen(family, watchedDays) } }];
      const edits = [{ kind: "insert" as const, before: policy.ruleLocations.length, add }];
      const text = `deny ${family === 6 ? "::/0" : "0.0.0.0/0"} at the end`;
      return [{ ...found, mend: { kind: "edits", edits, promise: { kind: "narrower" }, text } }];
    }
    if (code !== "api_server_cut_off") return [];
    const rule = policy.ruleLocations.findIndex((own) => own.line === at.line && own.path === at.path);
    return [apiServerImprovement(policy, rule < 0 ? undefined : rule, message, facts)];
  });
}

function unseen(family: 4 | 6, days: number): string {
  const asked = `record the namespace for at least ${leastDays} days`;
  if (days === 0)
    return `nothing recorded shows whether IPv${family} is used: ${asked}, and name \`--flows\` or \`--history\``;
  return `${daysText(days)} of recording are too few to tell that IPv${family} is not used: ${asked}`;
}

function apiServerImprovement(
  policy: EgressPolicy,
  rule: number | undefined,
  message: string,
  facts: ClusterFacts,
): Improvement {
  const found = { code: "api_server_cut_off" as FindingCode, policy, rule, message };
  const wanted = targets(facts);
  const printed = wanted.map(({ to, port }) => printRule(policy, "allow", to, tcp(port)));
  if (wanted.length === 0 || rule === undefined || printed.some((one) => one === undefined)) {
    const because = "the API server's addresses are not known: give a cluster dump with `--cluster`";
    return { ...found, mend: { kind: "none", because } };
  }
  const edits = (printed as readonly PrintedRule[]).map((add): RuleEdit => ({ kind: "insert", before: rule, add }));
  const opened = wanted.map(({ to, port }) => ({
    action: "allow" as const,
    to:
      to.kind === "cidr"
        ? { kind: "addresses" as const, addresses: ipSetOf(to.cidr) }
        : { kind: "nodes" as const, selector: to.kind === "nodes" ? to.selector : { requirements: [] } },
    l4: tcp(port),
    text: "",
    written: 0,
  }));
  const promise: ChangePromise = { kind: "opens", opened };
  return { ...found, mend: { kind: "edits", edits, promise, text: "allow the API server before it" } };
}

function tcp(port: number): ReturnType<typeof intervalSet<number>> {
  return intervalSet([l4Ports("tcp", port)]);
}

function targets(facts: ClusterFacts): readonly { readonly to: RuleTarget; readonly port: number }[] {
  const access = apiServerAccess(facts);
  switch (access.kind) {
    case "nodes":
      return access.ports.map((port) => ({ to: { kind: "nodes", selector: access.selector }, port }));
    case "addresses":
      return access.endpoints.map(({ cidr, port }) => ({ to: { kind: "cidr", cidr }, port }));
    case "unknown":
      return [];
    default:
      return access satisfies never;
  }
}
