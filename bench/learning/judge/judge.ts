import type { ChosenForm, Learned, MadePolicy } from "../makers/maker.ts";
import type { Target } from "../world/attacks.ts";
import type { ServiceKind } from "../world/service-kinds.ts";
import { type TrueFlow, trafficOf } from "../world/traffic.ts";
import type { Use, World, WorldNamespace } from "../world/world.ts";
import { EnforcedPolicy } from "./enforced.ts";
import { judgedExposure } from "./exposure.ts";

/**
 * What learning could know of a (workload, service) pair. `known`: recorded at least once while learning, on the same port and
 * by any workload of the namespace. `unrecorded`: it happened, and sampling or a gap swallowed it. `scheduled`: a job whose run did not fall into
 * the learning time. `new`: a later version brought it.
 */
export type Acquaintance = "known" | "unrecorded" | "scheduled" | "new";

export interface JudgedPair {
  readonly namespace: string;
  readonly workload: string;
  readonly service: string;
  readonly kind: ServiceKind;
  readonly acquaintance: Acquaintance;
  flows: number;
  blocked: number;
  /** Seconds after enforcement of the first that was. */
  firstBlocked: number | undefined;
  readonly chosen: ChosenForm | undefined;
}

export interface JudgedTarget {
  readonly namespace: string;
  readonly target: Target;
  readonly whileLearning: boolean;
  isAllowed: boolean;
}

/** One policy over the judged days of its namespace. */
export interface JudgedNamespace {
  readonly namespace: string;
  readonly policy: MadePolicy | undefined;
  readonly pairs: readonly JudgedPair[];
  readonly targets: readonly JudgedTarget[];
  /** log2 of address × port pairs. */
  readonly exposure: number;
  /** Days since enforcement until something legitimate was blocked, of whatever acquaintance; undefined: never. */
  readonly firstBlockedDay: number | undefined;
}

export type AcquaintanceOf = (workload: number, use: Use, port: number) => Acquaintance;

/** Judges several policies of one namespace over the same flows. */
export function judgeNamespace(
  world: World,
  namespace: WorldNamespace,
  { learned, acquaintanceOf }: { readonly learned: Learned; readonly acquaintanceOf: AcquaintanceOf },
  policies: readonly (MadePolicy | undefined)[],
): readonly JudgedNamespace[] {
  const judges = policies.map((policy) => new NamespaceJudge(world, namespace, { learned, acquaintanceOf }, policy));
  for (const flow of trafficOf(world, namespace, world.learned, world.horizon)) {
    if (flow.at < world.learned || (flow.use === undefined && flow.target === undefined)) continue;
    for (const judge of judges) judge.judge(flow);
  }
  return judges.map((judge) => judge.result());
}

const wideOpen = { rules: [], otherwise: "allow" } as const;

class NamespaceJudge {
  readonly #world: World;
  readonly #namespace: WorldNamespace;
  readonly #acquaintanceOf: AcquaintanceOf;
  readonly #policy: MadePolicy | undefined;
  readonly #enforced: EnforcedPolicy;
  readonly #exposure: number;
  readonly #pairs = new Map<string, JudgedPair>();
  readonly #targets = new Map<Target, JudgedTarget>();
  #firstBlocked: number | undefined;

  constructor(
    world: World,
    namespace: WorldNamespace,
    { learned, acquaintanceOf }: { readonly learned: Learned; readonly acquaintanceOf: AcquaintanceOf },
    policy: MadePolicy | undefined,
  ) {
    this.#world = world;
    this.#namespace = namespace;
    this.#acquaintanceOf = acquaintanceOf;
    this.#policy = policy;
    const list = policy?.list ?? wideOpen;
    this.#enforced = new EnforcedPolicy(world, learned.facts, list);
    this.#exposure = judgedExposure(world, learned.facts, list);
  }

  judge(flow: TrueFlow): void {
    const isAllowed = this.#enforced.allows(flow);
    if (flow.use !== undefined) this.#judgeUse(flow, flow.use, isAllowed);
    else if (flow.target !== undefined) this.#judgeTarget(flow.target, isAllowed);
  }

  #judgeUse(flow: TrueFlow, use: Use, isAllowed: boolean): void {
    const acquaintance = this.#acquaintanceOf(flow.workload, use, flow.port);
    const key = `${flow.workload} ${use.service.index} ${acquaintance}`;
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      const { workload } = this.#namespace.workloads[flow.workload]!;
      pair = {
        namespace: this.#namespace.name,
        workload: `${workload.kind}/${workload.name}`,
        service: use.service.id,
        kind: use.service.kind,
        acquaintance,
        flows: 0,
        blocked: 0,
        firstBlocked: undefined,
        chosen: this.#policy?.chosenFor?.(flow.host, this.#world.book.at(flow.address)),
      };
      this.#pairs.set(key, pair);
    }
    pair.flows += 1;
    if (isAllowed) return;
    pair.blocked += 1;
    pair.firstBlocked = Math.min(pair.firstBlocked ?? flow.at, flow.at - this.#world.learned);
    const since = (flow.at - this.#world.learned) / 86_400;
    this.#firstBlocked = Math.min(this.#firstBlocked ?? since, since);
  }

  #judgeTarget(target: Target, isAllowed: boolean): void {
    let judged = this.#targets.get(target);
    if (judged === undefined) {
      const { campaigns, name } = this.#namespace;
      const whileLearning = campaigns.some((campaign) => campaign.whileLearning && campaign.targets.includes(target));
      judged = { namespace: name, target, whileLearning, isAllowed: false };
      this.#targets.set(target, judged);
    }
    judged.isAllowed ||= isAllowed;
  }

  result(): JudgedNamespace {
    return {
      namespace: this.#namespace.name,
      policy: this.#policy,
      pairs: [...this.#pairs.values()],
      targets: [...this.#targets.values()],
      exposure: this.#exposure,
      firstBlockedDay: this.#firstBlocked,
    };
  }
}

/** A pair is broken when at least one of its flows, and at least one in a hundred, was blocked: of rare pairs, any. */
export function isBroken({ flows, blocked }: JudgedPair): boolean {
  return blocked > 0 && blocked >= flows / 100;
}
