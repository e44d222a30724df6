import { manifestPort } from "../../src/adapters/manifests/manifest-port.ts";
import { onboardNamespace } from "../../src/app/onboard-namespace.ts";
import type { SuggestRequest } from "../../src/app/suggest-policies.ts";
import { formatIp } from "../../src/core/net/ip.ts";
import { traitsOfCluster, type WorkloadTraits } from "../../src/pipeline/baseline/likeness/traits.ts";
import type { ServiceUse } from "../../src/pipeline/baseline/services/service-use.ts";
import { learn, type Progress } from "./run.ts";
import type { LearningSettings } from "./settings.ts";
import { trafficOf } from "./world/traffic.ts";
import { makeWorld, type World, type WorldNamespace } from "./world/world.ts";

/** How well the services of namespaces were expected that nobody had seen, over all of them. */
export interface OnboardingFigures {
  readonly namespaces: number;
  readonly expected: number;
  readonly used: number;
  readonly precision: number;
  readonly recall: number;
  /** What was expected and not used, and what was used and not expected. */
  readonly mistakes: readonly string[];
}

/**
 * Takes one namespace of each kind of application out of the record, expects its services from its workloads' manifests and the
 * other namespaces, and compares with what it really used. As a person gets it by default: half sure or more.
 */
export function runOnboarding(settings: LearningSettings, progress: Progress): OnboardingFigures {
  const world = makeWorld(settings);
  const { learned } = learn(world);
  const learning: SuggestRequest = { ...learned, kind: "EgressFirewall", namespaces: [], existing: [], never: [] };
  const heldOut = [...Map.groupBy(world.namespaces, ({ application }) => application).values()].map(
    (alike) => alike[settings.seed % alike.length]!,
  );
  let [guesses, rightGuesses, used, found] = [0, 0, 0, 0];
  const mistakes: string[] = [];
  const truth = trueServices(world);
  for (const namespace of heldOut) {
    progress(`${settings.name}: expecting the services of ${namespace.name}`);
    const newcomers = newcomersOf(namespace, traitsOfCluster(learned.facts));
    const { allowed } = onboardNamespace(
      { learning, namespace: namespace.name, newcomers, atLeast: 0.5 },
      manifestPort,
    );
    const needed = truth.usedBy(namespace.name);
    const covered = new Set<string>();
    for (const { service, uses } of allowed) {
      const meant = truth.meantBy(uses);
      for (const id of meant) covered.add(id);
      if ([...meant].some((id) => needed.has(id))) rightGuesses += 1;
      else mistakes.push(`${namespace.name} does not use ${service.id} (${[...meant].join(", ")})`);
    }
    guesses += allowed.length;
    used += needed.size;
    found += needed.intersection(covered).size;
    mistakes.push(...[...needed.difference(covered)].map((id) => `${namespace.name} uses ${id} too`));
  }
  const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);
  return {
    namespaces: heldOut.length,
    expected: guesses,
    used,
    precision: share(rightGuesses, guesses),
    recall: share(found, used),
    mistakes,
  };
}

/** As its manifests describe it, work that waits for its schedule included. */
function newcomersOf(
  { name, application, workloads }: WorldNamespace,
  traits: readonly WorkloadTraits[],
): readonly WorkloadTraits[] {
  const running = traits.filter(({ namespace }) => namespace === name);
  const waiting = workloads.filter(({ schedule }) => schedule !== undefined);
  return [
    ...running,
    ...waiting.map(({ workload, image }) => ({
      namespace: name,
      workload,
      labels: { app: workload.name, "app.kubernetes.io/part-of": application.kind, team: application.team },
      namespaceLabels: running[0]?.namespaceLabels ?? {},
      images: [image],
    })),
  ];
}

interface TrueServices {
  /** What a namespace really used while learning. */
  usedBy(namespace: string): ReadonlySet<string>;
  /** The services that stand behind a guess: those with at least a tenth of its users' flows. */
  meantBy(uses: readonly ServiceUse[]): ReadonlySet<string>;
}

function trueServices(world: World): TrueServices {
  const used = new Map<string, Set<string>>();
  const behind = new Map<string, string>();
  for (const namespace of world.namespaces) {
    const own = new Set<string>();
    used.set(namespace.name, own);
    for (const { use, address, port } of trafficOf(world, namespace, 0, world.learned)) {
      if (use === undefined) continue;
      own.add(use.service.id);
      behind.set(`${namespace.name} ${formatIp(world.book.at(address))} ${port}`, use.service.id);
    }
  }
  return {
    usedBy: (namespace) => used.get(namespace) ?? new Set(),
    meantBy(uses) {
      const flows = new Map<string, number>();
      let all = 0;
      for (const edge of uses.flatMap(({ edges }) => edges)) {
        all += edge.flows;
        const id = behind.get(`${edge.namespace} ${formatIp(edge.address)} ${edge.port}`);
        if (id !== undefined) flows.set(id, (flows.get(id) ?? 0) + edge.flows);
      }
      return new Set([...flows].filter(([, count]) => count >= all / 10).map(([id]) => id));
    },
  };
}
