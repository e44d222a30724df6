import { createHash } from "node:crypto";
import type { EgressPolicy } from "../../core/policy/model.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Guardrail } from "../../pipeline/baseline/guardrails.ts";
import { indexKnowledge, type KnowledgeIndex } from "../../pipeline/baseline/knowledge/knowledge-index.ts";
import { type NamespaceBaseline, namespaceBaselines } from "../../pipeline/baseline/namespace-baseline.ts";
import { groupServices } from "../../pipeline/baseline/services/group-services.ts";
import type { ServiceUse } from "../../pipeline/baseline/services/service-use.ts";
import { type ClusterFacts, noClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { Harvest } from "../../pipeline/flows/harvest.ts";
import type { PolicyWorld } from "../../pipeline/verify/policy-world.ts";
import { judge, type ReplayVerdict } from "../../pipeline/verify/replay.ts";
import type { Failure } from "../failure.ts";
import { harvestOfHistory } from "../history/harvest-of-history.ts";
import { encodeHistory } from "../history/history-codec.ts";
import { guardrailsOf } from "../organisation-guardrails.ts";
import { type RecordedWorld, recordedWorld } from "../recorded-world.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { JudgePorts } from "./judge-ports.ts";

/** A set of policies and what it says to every recorded edge, in their order. */
export interface JudgedSet {
  readonly policies: readonly EgressPolicy[];
  readonly world: PolicyWorld;
  readonly verdicts: readonly ReplayVerdict[];
}

/** Sets of policies that are kept judged: today's, and the texts that somebody is going back and forth between. */
const mostSets = 6;
const dayMs = 86_400_000;

/** Everything that was recorded of one namespace and is asked again and again; what costs much is worked out once. */
export class NamespaceEvidence {
  readonly where: NamespaceRef;
  readonly harvest: Harvest;
  readonly facts: ClusterFacts;
  readonly knowledge: KnowledgeIndex;
  readonly guardrails: readonly Guardrail[];
  readonly recorded: RecordedWorld;
  readonly #sets = new Map<string, JudgedSet & { readonly of: object }>();
  #digest: string | undefined;
  #baseline: NamespaceBaseline | undefined;
  #uses: readonly ServiceUse[] | undefined;
  #serviceOf: ReadonlyMap<Edge, string> | undefined;

  constructor(
    where: NamespaceRef,
    harvest: Harvest,
    facts: ClusterFacts,
    ports: Pick<JudgePorts, "knowledge" | "never">,
  ) {
    this.where = where;
    this.harvest = harvest;
    this.facts = facts;
    this.knowledge = indexKnowledge(ports.knowledge);
    this.guardrails = guardrailsOf(ports.never, ports.knowledge);
    this.recorded = recordedWorld(harvest, facts);
  }

  get edges(): readonly Edge[] {
    return this.harvest.edges;
  }

  /** SHA-256 over the recorded edges. */
  get digest(): string {
    if (this.#digest === undefined) {
      const hash = createHash("sha256");
      for (const edge of this.edges) hash.update(encodeHistory(edge)).update("\n");
      this.#digest = hash.digest("hex");
    }
    return this.#digest;
  }

  get baseline(): NamespaceBaseline {
    if (this.#baseline === undefined) {
      const { edges, nameEvidence, window, samplingMax } = this.harvest;
      const evidence = { knowledge: this.knowledge, nameEvidence, window, samplingMax };
      const { namespace } = this.where;
      const own = namespaceBaselines(edges, this.guardrails, evidence).find((each) => each.namespace === namespace);
      this.#baseline = own ?? { namespace, sanctioned: [], notLearned: [] };
    }
    return this.#baseline;
  }

  /** Of everything that was recorded, needed or not. */
  get uses(): readonly ServiceUse[] {
    this.#uses ??= groupServices(this.edges, this.harvest.nameEvidence, this.knowledge);
    return this.#uses;
  }

  /** What a person would call the destination; undefined for traffic without ports. */
  serviceOf(edge: Edge): string | undefined {
    this.#serviceOf ??= new Map(this.uses.flatMap(({ service, edges }) => edges.map((own) => [own, service.title])));
    return this.#serviceOf.get(edge);
  }

  /**
   * @param key the same for the same policies
   * @param of what the policies were read in: read again they are other objects, which verdicts do not name
   */
  judgedBy(key: string, of: object, policies: () => readonly EgressPolicy[]): JudgedSet {
    const known = this.#sets.get(key);
    this.#sets.delete(key);
    const set = known?.of === of ? known : { ...this.judgedOnce(policies()), of };
    this.#sets.set(key, set);
    for (const oldest of this.#sets.keys()) {
      if (this.#sets.size <= mostSets) break;
      this.#sets.delete(oldest);
    }
    return set;
  }

  judgedOnce(policies: readonly EgressPolicy[]): JudgedSet {
    const world = this.recorded.worldOf(policies);
    return { policies, world, verdicts: this.edges.map((edge) => judge(edge, world)) };
  }
}

/** Nothing was recorded there: a text is judged all the same. */
const silent: ReadonlySet<string> = new Set(["history_no_such_cluster", "history_no_such_namespace"]);

/** Asks the history for all of a namespace. */
export async function readEvidence(
  where: NamespaceRef,
  ports: JudgePorts,
): Promise<Result<NamespaceEvidence, Failure>> {
  const nowMs = ports.nowMs();
  const facts = (await ports.clusters.facts(where.cluster)) ?? noClusterFacts;
  const harvest = await harvestOfHistory(ports.history, {
    cluster: where.cluster,
    namespaces: [where.namespace],
    // Of the hour that is under way, all there is.
    window: { fromMs: nowMs - ports.lookBackDays * dayMs, toMs: nowMs + 3_600_000 },
    nowMs,
    facts,
    given: ports.networks,
  });
  if (harvest.ok) return ok(new NamespaceEvidence(where, harvest.value, facts, ports));
  if (!silent.has(harvest.error.code)) return fail(harvest.error);
  return ok(new NamespaceEvidence(where, nothingRecorded(facts, ports), facts, ports));
}

function nothingRecorded({ clusterNetworks, serviceNetworks }: ClusterFacts, { networks }: JudgePorts): Harvest {
  const isTold = clusterNetworks.length > 0;
  return {
    edges: [],
    nameEvidence: [],
    leftOut: [],
    malformed: { count: 0, samples: [] },
    inputs: [],
    window: undefined,
    samplingMax: 1,
    gaps: { lostEvents: 0, nodeOutages: 0 },
    clusterNetworks: {
      pods: isTold ? clusterNetworks : networks.pods,
      services: isTold ? serviceNetworks : networks.services,
      origin: isTold ? "dump" : networks.pods.length > 0 ? "given" : "unknown",
    },
    overflow: { edges: 0, activity: 0, names: 0 },
    isComplete: true,
    warnings: [],
  };
}
