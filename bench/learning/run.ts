import { formatIp } from "../../src/core/net/ip.ts";
import { type AcquaintanceOf, type JudgedNamespace, judgeNamespace } from "./judge/judge.ts";
import { summarise, type Summary } from "./judge/summary.ts";
import type { Learned, MadePolicy, PolicyMaker } from "./makers/maker.ts";
import type { LearningSettings } from "./settings.ts";
import { clusterFacts } from "./world/cluster.ts";
import { knowledgeOf } from "./world/known.ts";
import { harvestOf, record, type Recorded, useKey } from "./world/record.ts";
import { makeWorld, type World, type WorldNamespace } from "./world/world.ts";

export type Progress = (message: string) => void;

/** Everything about one settings object: each maker learned from the same record and judged over the same days. */
export interface Outcome {
  readonly settings: LearningSettings;
  readonly judged: ReadonlyMap<string, readonly JudgedNamespace[]>;
  readonly summaries: readonly Summary[];
}

export function runSettings(settings: LearningSettings, makers: readonly PolicyMaker[], progress: Progress): Outcome {
  progress(`${settings.name}: learning ${settings.learningDays} days of ${settings.namespaces} namespaces`);
  const world = makeWorld(settings);
  const { learned, recorded } = learn(world);
  const policies = makers.map((maker) => {
    progress(`${settings.name}: ${maker.name} makes its policies`);
    return maker.make(learned, world);
  });
  progress(`${settings.name}: judging`);
  return judge(world, learned, recorded, makers, policies);
}

/** The record of the learning time, as one reading of flows. */
export function learn(world: World): { readonly learned: Learned; readonly recorded: readonly Recorded[] } {
  const recorded = world.namespaces.map((namespace) => record(world, namespace));
  const learned = { harvest: harvestOf(world, recorded), facts: clusterFacts(world), knowledge: knowledgeOf(world) };
  return { learned, recorded };
}

function judge(
  world: World,
  learned: Learned,
  recorded: readonly Recorded[],
  makers: readonly PolicyMaker[],
  policies: readonly ReadonlyMap<string, MadePolicy>[],
): Outcome {
  const judged = new Map(makers.map(({ name }) => [name, [] as JudgedNamespace[]]));
  for (const [i, namespace] of world.namespaces.entries()) {
    const acquaintanceOf = acquaintances(world, namespace, recorded[i]!);
    const own = policies.map((made) => made.get(namespace.name));
    for (const [which, result] of judgeNamespace(world, namespace, { learned, acquaintanceOf }, own).entries()) {
      judged.get(makers[which]!.name)!.push(result);
    }
  }
  const summaries = [...judged].map(([maker, results]) => summarise(maker, results, say(world)));
  return { settings: world.settings, judged, summaries };
}

/** Figures over the namespaces of several settings, each namespace counted once. */
export function together(outcomes: readonly Outcome[]): readonly Summary[] {
  const [first] = outcomes;
  return [...(first?.judged.keys() ?? [])].map((maker) =>
    summarise(
      maker,
      outcomes.flatMap(({ judged }) => judged.get(maker) ?? []),
    ),
  );
}

function say({ book, learned }: World): (judged: JudgedNamespace["targets"][number]) => string {
  return ({ namespace, target, whileLearning }) => {
    const place = `${formatIp(book.at(target.address))} ${target.protocol}/${target.port}`;
    const since = ((target.from - learned) / 86_400).toFixed(1);
    const name = target.host === undefined ? "" : ` (${target.host})`;
    return `${namespace} ${target.kind} ${place}${name} from day ${since}${whileLearning ? ", while learning" : ""}`;
  };
}

function acquaintances(
  world: World,
  namespace: WorldNamespace,
  { recordedUses, happenedUses }: Recorded,
): AcquaintanceOf {
  const anyWorkload = (keys: ReadonlySet<string>, service: string, port: number): boolean =>
    namespace.workloads.some((_, workload) => keys.has(useKey(workload, service, port)));
  return (workload, use, port) => {
    if (anyWorkload(recordedUses, use.service.id, port)) return "known";
    if (anyWorkload(happenedUses, use.service.id, port)) return "unrecorded";
    // What a schedule brought is not new: the job was there, its hour was not.
    if (namespace.workloads[workload]!.schedule !== undefined && use.from < world.learned) return "scheduled";
    return "new";
  };
}
