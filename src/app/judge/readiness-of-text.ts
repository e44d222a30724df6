import { intervalSet, isSubset } from "../../core/net/interval-set.ts";
import { countIp } from "../../core/net/ip-set.ts";
import { familyBits } from "../../core/net/ip.ts";
import { hasPorts, type L4Set, l4Point } from "../../core/net/l4.ts";
import { includesPattern } from "../../core/net/name-pattern.ts";
import type { EgressPolicy, Rule } from "../../core/policy/model.ts";
import { groupServices } from "../../pipeline/baseline/services/group-services.ts";
import type { ServiceUse } from "../../pipeline/baseline/services/service-use.ts";
import { nameBook } from "../../pipeline/baseline/statistics/name-book.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { Choice, Form } from "../../pipeline/suggest/choose/choice.ts";
import { type NeedsInput, possibleForms } from "../../pipeline/suggest/choose/choose-needs.ts";
import { egressFirewallAbilities } from "../../pipeline/suggest/draft-egress-firewall.ts";
import { splitApiServer } from "../../pipeline/suggest/draft-parts.ts";
import { unobservedHoursOf } from "../../pipeline/suggest/readiness/observed-time.ts";
import { readinessOf } from "../../pipeline/suggest/readiness/readiness-of.ts";
import type { Readiness } from "../../pipeline/suggest/readiness/readiness.ts";
import { judge } from "../../pipeline/verify/replay.ts";
import { coverageOf } from "./coverage-of.ts";
import { openGroups } from "./exposure-of-set.ts";
import type { JudgedSet, NamespaceEvidence } from "./namespace-evidence.ts";

interface Way {
  readonly use: ServiceUse;
  /** What breaks least first. */
  readonly forms: readonly Form[];
}

/** What could be said of each service does not depend on the text: worked out once for the evidence. */
const known = new WeakMap<NamespaceEvidence, readonly Way[]>();

/**
 * How safe it is to enforce a policy that somebody wrote. For each service the ways to allow it are known with what is to be expected of
 * them (`possibleForms`); a policy that allows all that a way allows breaks no more than that way, so the best of those it holds is what
 * is counted. What it denies is left out. Undefined for other kinds than the EgressFirewall, for policies that leave the rest open,
 * which nothing new would be stopped by, and where nothing was recorded.
 */
export function readinessOfText(
  policy: EgressPolicy,
  after: JudgedSet,
  evidence: NamespaceEvidence,
): Readiness | undefined {
  const { baseline, facts, harvest, edges } = evidence;
  if (policy.kind !== "EgressFirewall" || policy.notApplied !== undefined || edges.length === 0) return undefined;
  if (!isClosed(after, evidence)) return undefined;
  const verdictOf = new Map(edges.map((edge, i) => [edge, after.verdicts[i]!.kind]));
  const isAllowed = (edge: Edge): boolean => verdictOf.get(edge) === "allow";
  const choices = waysOf(evidence).flatMap(({ use, forms }): Choice[] => {
    if (!use.edges.some(isAllowed)) return [];
    const held = use.edges.every(isAllowed) ? forms.find((one) => holds(policy, after, use, one)) : undefined;
    const form = held ?? narrowest(forms);
    return form === undefined ? [] : [{ use, form, runnerUp: undefined, because: "" }];
  });
  return readinessOf({
    namespace: evidence.where.namespace,
    choices,
    seen: edges,
    leftOut: {
      notLearned: baseline.notLearned.filter(({ edge }) => !isAllowed(edge)),
      notExpressible: [],
      denied: baseline.sanctioned.filter((edge) => !isAllowed(edge)),
    },
    facts,
    window: harvest.window,
    unobservedHours: unobservedHoursOf(edges, harvest.window, harvest.unwatchedHours),
    samplingMax: harvest.samplingMax,
    isComplete: harvest.isComplete,
  });
}

function isClosed({ world, policies }: JudgedSet, evidence: NamespaceEvidence): boolean {
  const reading = { isKnown: true, objects: [], policies, context: [], contextNames: new Set<string>(), key: "" };
  return coverageOf(reading, openGroups(world, evidence), evidence) === "enforced";
}

function waysOf(evidence: NamespaceEvidence): readonly Way[] {
  let ways = known.get(evidence);
  if (ways === undefined) {
    const { baseline, facts, harvest, knowledge } = evidence;
    const { others } = splitApiServer(baseline.sanctioned, facts);
    const uses = groupServices(others, harvest.nameEvidence, knowledge);
    const input: NeedsInput = {
      posture: "balanced",
      uses,
      withoutPorts: [],
      window: harvest.window,
      sampling: harvest.samplingMax,
      names: nameBook(harvest.nameEvidence),
      nodes: facts.nodes,
      knowledge,
      kept: [],
      shut: { addresses: { v4: [], v6: [] } },
    };
    ways = uses.map((use) => {
      const forms = possibleForms(use, input, egressFirewallAbilities);
      return { use, forms: forms.toSorted((x, y) => x.breaksWithinWeek - y.breaksWithinWeek) };
    });
    known.set(evidence, ways);
  }
  return ways;
}

/** Whether the policy allows all that a form would: every block on every port, every name and every selector. */
function holds(policy: EgressPolicy, { world }: JudgedSet, use: ServiceUse, { targets }: Form): boolean {
  const points = use.ports.map(({ protocol, port }) => l4Point(protocol, hasPorts(protocol) ? port : 0));
  const l4 = intervalSet(points.map((point) => ({ first: point, last: point })));
  const [first] = use.edges;
  return targets.every((to) => {
    if (to.kind === "name") {
      return isOpened(policy, l4, (own) => own.kind === "name" && includesPattern(own.pattern, to.pattern));
    }
    if (to.kind === "nodes") return isOpened(policy, l4, (own) => own.kind === "nodes");
    const { family, first: value, prefixLength } = to.cidr;
    const block = prefixLength === familyBits[family] ? undefined : prefixLength;
    return use.ports.every(({ protocol, port }) => {
      const edge: Edge = { ...first!, address: { family, value }, prefixLength: block, protocol, port };
      return judge(edge, world).kind === "allow";
    });
  });
}

/** By a rule that no deny of everything stands before. */
function isOpened({ rules }: EgressPolicy, l4: L4Set, isFor: (to: Rule["to"]) => boolean): boolean {
  const opens = rules.findIndex((rule) => rule.action === "allow" && isFor(rule.to) && isSubset(l4, rule.l4));
  const closes = rules.findIndex((rule) => rule.action === "deny" && isEverything(rule.to));
  return opens >= 0 && (closes < 0 || opens < closes);
}

function isEverything(to: Rule["to"]): boolean {
  return (
    to.kind === "addresses" && (countIp(to.addresses, [4]) === 1n << 32n || countIp(to.addresses, [6]) === 1n << 128n)
  );
}

/** Of a service that is allowed in a way of its own nothing better can be said than of the narrowest one. */
function narrowest(forms: readonly Form[]): Form | undefined {
  const last = forms.at(-1);
  return last === undefined ? undefined : { ...last, title: "what the policy allows of it" };
}
