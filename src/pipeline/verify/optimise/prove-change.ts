import { type IpSet, overlapsIp } from "../../../core/net/ip-set.ts";
import { formatIp } from "../../../core/net/ip.ts";
import { compare } from "../../../core/policy/compare.ts";
import { type CompiledRules, compile } from "../../../core/policy/compile.ts";
import { inspectSet } from "../../../core/policy/inspect-set.ts";
import type { EgressPolicy, Rule, RuleList } from "../../../core/policy/model.ts";
import { quoted } from "../../../core/quoted.ts";
import { formatWorkload } from "../../../core/workload/workload.ts";
import { type Guardrail, indexGuardrails } from "../../baseline/guardrails.ts";
import type { ClusterFacts } from "../../flows/cluster-facts.ts";
import type { Edge } from "../../flows/edge.ts";
import type { Resolve } from "../known-addresses.ts";
import type { PolicyWorld } from "../policy-world.ts";
import { judge } from "../replay.ts";
import type { ChangePromise } from "./improvement.ts";

export interface ProofContext {
  /** Sanctioned traffic of the policy's namespace that today's policies allow. */
  readonly allowedToday: readonly Edge[];
  readonly guardrails: readonly Guardrail[];
  readonly facts: ClusterFacts;
  readonly clusterNetworks: IpSet;
  readonly resolve: Resolve;
  /** Today's policies, with the changed one in the place of what it was. */
  worldWith(after: EgressPolicy): PolicyWorld;
}

/**
 * Why a changed policy does not keep what was promised of it; undefined when it does. The policy after the change is one
 * that was read from the edited text: what is proven is what will be written.
 */
export function failedPromise(
  before: EgressPolicy,
  after: EgressPolicy,
  promises: readonly ChangePromise[],
  context: ProofContext,
): string | undefined {
  if (after.notApplied !== undefined) return `the cluster would not apply it: ${after.notApplied}`;
  const { clusterNetworks, facts } = context;
  const asCompiled = (list: RuleList): CompiledRules => compile(list, { excluded: clusterNetworks });
  const [old, now] = [asCompiled(before), asCompiled(after)];
  const differences = compare(old, now);
  if (promises.every(({ kind }) => kind === "same")) {
    return differences.length === 0 ? undefined : "the order of the rules matters here, and would change";
  }
  const opened = promises.flatMap((promise) => (promise.kind === "opens" ? promise.opened : []));
  const reference = opened.length === 0 ? old : asCompiled({ ...before, rules: [...opened, ...before.rules] });
  const tooOpen = opened.length === 0 ? differences : compare(reference, now);
  if (tooOpen.some(({ change }) => change === "newly allowed")) return "it would open more than it is meant to";
  const guarded = indexGuardrails(context.guardrails);
  const reaches = (set: IpSet): boolean => guarded.sets.some((own) => overlapsIp(own, set));
  const opensGuarded = differences.some(
    (difference) =>
      difference.change === "newly allowed" && difference.to === "addresses" && reaches(difference.addresses),
  );
  if (opensGuarded || opened.some((rule) => reaches(addressesOf(rule, context.resolve)))) {
    return "it would open what no policy may allow";
  }
  const world = context.worldWith(after);
  const forgotten = new Set(
    promises.flatMap((promise) => (promise.kind === "narrower" ? (promise.forgets ?? []) : [])),
  );
  const lost = context.allowedToday.find((edge) => !forgotten.has(edge) && judge(edge, world).kind !== "allow");
  if (lost !== undefined) {
    return `${formatWorkload(lost.workload)} would lose ${quoted(`${formatIp(lost.address)} ${lost.protocol}/${lost.port}`)}`;
  }
  const news = newWarning(before, after, facts);
  if (news === "api_server_cut_off" && facts.apiServer.length === 0) {
    return "it may be the way to the API server, whose addresses are not known: give a cluster dump with `--cluster`";
  }
  return news === undefined ? undefined : `it would bring another finding, ${quoted(news)}`;
}

function addressesOf({ to }: Rule, resolve: Resolve): IpSet {
  const none: IpSet = { v4: [], v6: [] };
  if (to.kind === "addresses") return to.addresses;
  // Nodes are what the API server is reached by; what is not known cannot be compared.
  return to.kind === "name" ? (resolve(to) ?? none) : none;
}

function newWarning(before: EgressPolicy, after: EgressPolicy, facts: ClusterFacts): string | undefined {
  const codesOf = (policy: EgressPolicy): readonly string[] =>
    inspectSet([policy], facts).flatMap(({ code, severity }) => (severity === "note" ? [] : code));
  const known = codesOf(before);
  return codesOf(after).find((code) => !known.includes(code));
}
