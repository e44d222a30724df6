import { hasPorts } from "../../../core/net/l4.ts";
import { portsOf } from "../../baseline/services/port-list.ts";
import type { ServiceUse } from "../../baseline/services/service-use.ts";
import { statisticsOf, type StatisticsContext } from "../../baseline/statistics/use-statistics.ts";
import type { NodeFacts } from "../../flows/cluster-facts.ts";
import type { Edge } from "../../flows/edge.ts";
import { destinationsOf } from "../needs.ts";
import type { Choice, KindAbilities, Need, Posture } from "./choice.ts";
import { chooseForm, type Weighed } from "./choose-form.ts";
import { fitRules } from "./fit-rules.ts";
import type { KeptRule } from "./kept-candidate.ts";
import { type Shut, writeNeeds } from "./write-needs.ts";

export interface NeedsInput extends StatisticsContext {
  readonly posture: Posture;
  /** What the namespace uses, without the API server's own endpoints. */
  readonly uses: readonly ServiceUse[];
  /** Needed traffic that has no ports and is in no use. */
  readonly withoutPorts: readonly Edge[];
  readonly nodes: readonly NodeFacts[];
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
  const { posture, uses, sampling, names, nodes, kept, shut } = input;
  const weighed = uses
    .flatMap((use) => withinAbilities(use, abilities))
    .sort(byService)
    .map((use): Weighed =>
      chooseForm({ use, statistics: statisticsOf(use, input), abilities, sampling, names, nodes, kept }, posture),
    );
  const choices = fitRules(weighed, abilities.maxRules - otherRules).map(({ choice }) => choice);
  const needs = writeNeeds(choices, shut, abilities, names);
  return { needs: abilities.ports ? needs : [...needs, ...barely(input.withoutPorts, needs, abilities)], choices };
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
