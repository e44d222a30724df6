import { hasPorts } from "../../../core/net/l4.ts";
import type { KnowledgeIndex } from "../../baseline/knowledge/knowledge-index.ts";
import { portsOf } from "../../baseline/services/port-list.ts";
import type { ServiceUse } from "../../baseline/services/service-use.ts";
import { statisticsOf, type StatisticsContext, type UseStatistics } from "../../baseline/statistics/use-statistics.ts";
import type { NodeFacts } from "../../flows/cluster-facts.ts";
import type { Edge } from "../../flows/edge.ts";
import { destinationsOf } from "../needs.ts";
import { anyBreaks } from "./breakage.ts";
import { type Candidate, portsOpened, priceOf } from "./candidate.ts";
import type { Choice, Form, KindAbilities, Need, Posture } from "./choice.ts";
import { chooseForm, formsOf, type Weighed } from "./choose-form.ts";
import type { ChooseInput } from "./choose-input.ts";
import { fitRules } from "./fit-rules.ts";
import type { KeptRule } from "./kept-candidate.ts";
import { splitByName } from "./split-use.ts";
import { type Shut, writeNeeds } from "./write-needs.ts";

export interface NeedsInput extends StatisticsContext {
  readonly posture: Posture;
  /** What the namespace uses, without the API server's own endpoints. */
  readonly uses: readonly ServiceUse[];
  /** Needed traffic that has no ports and is in no use. */
  readonly withoutPorts: readonly Edge[];
  readonly nodes: readonly NodeFacts[];
  readonly knowledge: KnowledgeIndex;
  readonly kept: readonly KeptRule[];
  readonly shut: Shut;
}

export interface ChosenNeeds {
  readonly needs: readonly Need[];
  /** One per service, in the order of the needs. */
  readonly choices: readonly Choice[];
}

/** Rules of a policy that are not about a service: guardrails, the API server, the last denies. */
const otherRules = 32;

/** Chooses a form for each service, makes all of them fit into one object, and writes them as needs. */
export function chooseNeeds(input: NeedsInput, abilities: KindAbilities): ChosenNeeds {
  const { posture, uses, sampling, names, nodes, kept, shut, knowledge } = input;
  const weigh = (use: ServiceUse): Weighed =>
    chooseForm({ use, ...statisticsWithNetwork(use, input), abilities, sampling, names, nodes, kept }, posture);
  const weighed = uses
    .flatMap((use) => withinAbilities(use, abilities))
    .sort(byService)
    .flatMap((use): readonly Weighed[] => {
      const whole = weigh(use);
      const parts = splitByName(use, names, knowledge)?.map(weigh);
      return parts !== undefined && isCheaper(parts, whole, abilities, posture) ? parts : [whole];
    });
  const choices = fitRules(weighed, abilities.maxRules - otherRules).map(({ choice }) => choice);
  const needs = writeNeeds(choices, shut, abilities, names);
  return { needs: abilities.ports ? needs : [...needs, ...barely(input.withoutPorts, needs, abilities)], choices };
}

/** What any policy of such abilities may say about a service, to be held against one that somebody wrote. */
export function possibleForms(use: ServiceUse, input: NeedsInput, abilities: KindAbilities): readonly Form[] {
  const { posture, sampling, names, nodes, kept } = input;
  return formsOf({ use, ...statisticsWithNetwork(use, input), abilities, sampling, names, nodes, kept }, posture);
}

/** Fewer addresses, of which none was ever new, are not served by turns. */
const fewAddresses = 3;

/** Where new addresses come or may come, the service's content network may tell where from. */
function statisticsWithNetwork(
  use: ServiceUse,
  context: StatisticsContext,
): { readonly statistics: UseStatistics; readonly network: ChooseInput["network"] } {
  const statistics = statisticsOf(use, context);
  const [network] = use.names.flatMap((name) => context.names.networkOf(name) ?? []);
  const stays = statistics.exact.surprises === 0 && statistics.addresses < fewAddresses;
  if (network === undefined || stays) return { statistics, network: undefined };
  return { statistics, network: { name: network.name, statistics: statisticsOf(use, context, network.addresses) } };
}

/** What parts must gain, in bits, to be worth telling apart. */
const splitGain = 1;

function isCheaper(parts: readonly Weighed[], whole: Weighed, abilities: KindAbilities, posture: Posture): boolean {
  const ports = ({ choice }: Weighed): number => portsOpened(choice.use.ports.length, abilities);
  const joined: Candidate = {
    ...whole.candidate,
    opens: parts.reduce((sum, part) => sum + part.candidate.opens * ports(part), 0) / ports(whole),
    rules: parts.reduce((sum, { candidate }) => sum + candidate.rules, 0),
    breakage: weightedBreakage(parts),
    malus: parts.reduce((sum, { candidate }) => sum + candidate.malus, 0),
  };
  const price = (candidate: Candidate): number => priceOf(candidate, ports(whole), posture).total;
  return price(joined) < price(whole.candidate) - splitGain;
}

function weightedBreakage(parts: readonly Weighed[]): Candidate["breakage"] {
  const records = parts.reduce((sum, { statistics }) => sum + statistics.records, 0);
  const share = parts.reduce(
    (sum, { candidate, statistics }) => sum + candidate.breakage.share * statistics.records,
    0,
  );
  return { ...anyBreaks(parts.map(({ candidate }) => candidate.breakage)), share: share / Math.max(1, records) };
}

/** The part of a use that the kind has words for. */
function withinAbilities(use: ServiceUse, { ipv6 }: KindAbilities): readonly ServiceUse[] {
  if (ipv6 || use.edges.every(({ address }) => address.family === 4)) return [use];
  const edges = use.edges.filter(({ address }) => address.family === 4);
  return edges.length === 0 ? [] : [{ ...use, edges, ports: portsOf(edges) }];
}

const places: readonly ServiceUse["service"]["by"][] = ["catalogue", "name", "published", "on-premises", "address"];

/** What people know by name first; the id decides, so that a new service moves no other. */
function byService({ service: a }: ServiceUse, { service: b }: ServiceUse): number {
  return places.indexOf(a.by) - places.indexOf(b.by) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** Traffic without ports, for kinds whose rules have none either; addresses that a service's rule has are left out. */
function barely(edges: readonly Edge[], needs: readonly Need[], { ipv6 }: KindAbilities): readonly Need[] {
  const written = new Set(needs.flatMap((need) => need.edges.map(targetOf)));
  const sayable = edges.filter((edge) => !hasPorts(edge.protocol) && (ipv6 || edge.address.family === 4));
  return destinationsOf(sayable.filter((edge) => !written.has(targetOf(edge))));
}

function targetOf({ address, prefixLength }: Edge): string {
  return `${address.family} ${address.value}/${prefixLength ?? ""}`;
}
