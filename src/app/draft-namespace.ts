import { type Cidr, ipSetOfAll, overlapsIp, ipSetOf } from "../core/net/ip-set.ts";
import { hasPorts } from "../core/net/l4.ts";
import type { EgressPolicy } from "../core/policy/model.ts";
import { forbiddenBy, type Guardrail, indexGuardrails } from "../pipeline/baseline/guardrails.ts";
import type { NamespaceBaseline } from "../pipeline/baseline/namespace-baseline.ts";
import { addressKey } from "../pipeline/baseline/services/address-key.ts";
import { groupServices } from "../pipeline/baseline/services/group-services.ts";
import type { ServiceUse } from "../pipeline/baseline/services/service-use.ts";
import type { Choice, KindAbilities, Need } from "../pipeline/suggest/choose/choice.ts";
import { type ChosenNeeds, chooseNeeds } from "../pipeline/suggest/choose/choose-needs.ts";
import { keptRules } from "../pipeline/suggest/choose/kept-candidate.ts";
import { clusterPolicyName } from "../pipeline/suggest/draft-cluster-policy.ts";
import type { DraftSuggestion } from "../pipeline/suggest/draft-input.ts";
import { splitApiServer } from "../pipeline/suggest/draft-parts.ts";
import { draftSuggestion } from "../pipeline/suggest/draft-suggestion.ts";
import { hostBlock } from "../pipeline/suggest/safety-prelude.ts";
import type { SuggestContext } from "./suggest-context.ts";
import type { SuggestRequest } from "./suggestion.ts";

export interface DraftedNamespace {
  readonly drafted: DraftSuggestion;
  readonly choices: readonly Choice[];
  /** What the learned rules allow, in their order. */
  readonly needs: readonly Need[];
  /** Those of everybody, and what this namespace's traffic and rules give reason to deny. */
  readonly guardrails: readonly Guardrail[];
  readonly uses: readonly ServiceUse[];
}

/** Learns what one namespace uses, chooses a form for each service and drafts the policy. */
export function draftNamespace(
  baseline: NamespaceBaseline,
  { harvest, facts, kind, posture = "balanced", priority }: SuggestRequest,
  context: SuggestContext,
  { name, replaces }: { readonly name: string | undefined; readonly replaces: EgressPolicy | undefined },
): DraftedNamespace {
  const { knowledge, names, evidenceOf } = context;
  const { others } = splitApiServer(baseline.sanctioned, facts);
  const uses = groupServices(others, evidenceOf.get(baseline.namespace) ?? [], knowledge);
  const contacted = [
    ...context.guardrails,
    ...listedAndContacted(baseline),
    ...forbiddenAndTried(baseline, context.guardrails),
  ];
  let chosen: ChosenNeeds = { needs: [], choices: [] };
  const draft = (guardrails: readonly Guardrail[]): DraftSuggestion => {
    const needs = (abilities: KindAbilities): readonly Need[] => {
      // What must stay shut only changes the needs of kinds that cannot deny it.
      if (abilities.denies && chosen.choices.length > 0) return chosen.needs;
      chosen = chooseNeeds(
        {
          posture,
          uses,
          withoutPorts: others.filter(({ protocol }) => !hasPorts(protocol)),
          window: harvest.window,
          sampling: harvest.samplingMax,
          names,
          nodes: facts.nodes,
          knowledge,
          kept: keptRules(replaces),
          shut: { addresses: ipSetOfAll(guardrails.flatMap(({ cidrs }) => cidrs)) },
        },
        abilities,
      );
      return chosen.needs;
    };
    const place = { name, priority: priority ?? keptPriority(replaces, baseline.namespace) };
    return draftSuggestion(kind, { baseline, needs, guardrails, facts, window: harvest.window, ...place });
  };
  const first = draft(contacted);
  const listed = listedInside(chosen.needs, contacted, context, others);
  if (listed.length === 0) {
    return { drafted: first, choices: chosen.choices, needs: chosen.needs, guardrails: contacted, uses };
  }
  const guardrails = [...contacted, ...listed];
  const drafted = draft(guardrails);
  return { drafted, choices: chosen.choices, needs: chosen.needs, guardrails, uses };
}

/** What people chose, unless the cluster does not take it. */
function keptPriority(replaces: EgressPolicy | undefined, namespace: string): number | undefined {
  const isOwn = replaces?.name === clusterPolicyName(namespace) && replaces.notApplied === undefined;
  return isOwn ? replaces.place?.order : undefined;
}

/** More of them would fill a policy with denies of what the last rule denies anyway. */
const mostDenied = 50;

/** Addresses on a threat feed that the namespace talked to, unless it needs them for something else. */
function listedAndContacted({ notLearned, sanctioned }: NamespaceBaseline): readonly Guardrail[] {
  const needed = new Set(sanctioned.map(({ address }) => addressKey(address)));
  const listed = notLearned.filter(
    ({ reason, edge }) =>
      reason === "threat-feed" && edge.prefixLength === undefined && !needed.has(addressKey(edge.address)),
  );
  const byReason = Map.groupBy(listed.slice(0, mostDenied), ({ because }) => because);
  return [...byReason].map(([reason, own]) => ({ reason, cidrs: hostBlocks(own), isWritten: true }));
}

/**
 * Forbidden addresses that were tried, where the guardrail itself is not written: a rule for a name opens whatever its
 * answers hold, and who answers may mean harm.
 */
function forbiddenAndTried({ notLearned }: NamespaceBaseline, guardrails: readonly Guardrail[]): readonly Guardrail[] {
  const forbidden = notLearned.filter(({ reason, edge }) => reason === "forbidden" && edge.prefixLength === undefined);
  if (forbidden.length === 0) return [];
  const written = indexGuardrails(guardrails.filter(({ isWritten }) => isWritten));
  const open = forbidden.filter(({ edge }) => forbiddenBy(written, edge.address) === undefined);
  const byReason = Map.groupBy(open.slice(0, mostDenied), ({ because }) => because);
  return [...byReason].map(([reason, own]) => ({ reason, cidrs: hostBlocks(own), isWritten: true }));
}

function hostBlocks(connections: NamespaceBaseline["notLearned"]): readonly Cidr[] {
  return [...new Map(connections.map(({ edge }) => [addressKey(edge.address), hostBlock(edge.address)])).values()];
}

/** Entries of threat feeds inside blocks that were chosen, as long as nobody needs an address of theirs. */
function listedInside(
  needs: readonly Need[],
  guardrails: readonly Guardrail[],
  { knowledge }: SuggestContext,
  needed: ChosenNeeds["needs"][number]["edges"],
): readonly Guardrail[] {
  const { feeds } = knowledge.knowledge;
  if (feeds.length === 0) return [];
  const blocks = needs.flatMap(({ to }) => (to.kind === "cidr" ? [to.cidr] : []));
  const open = ipSetOfAll(blocks);
  const shut = new Set(guardrails.flatMap(({ cidrs }) => cidrs.map(keyOf)));
  const used = ipSetOfAll(needed.map(({ address }) => address));
  return feeds.flatMap(({ title, entries }): readonly Guardrail[] => {
    const cidrs = entries
      .flatMap(({ to }) => (to.kind === "block" ? [to.cidr] : []))
      .filter((cidr) => !shut.has(keyOf(cidr)) && overlapsIp(ipSetOf(cidr), open) && !overlapsIp(ipSetOf(cidr), used))
      .slice(0, mostDenied);
    return cidrs.length === 0 ? [] : [{ reason: `it is on the list ${title}`, cidrs, isWritten: true }];
  });
}

function keyOf({ family, first, prefixLength }: Cidr): string {
  return `${family} ${first}/${prefixLength}`;
}
