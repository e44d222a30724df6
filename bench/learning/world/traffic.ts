import type { Protocol } from "../../../src/core/net/l4.ts";
import { type Random, seeded } from "../../corpus/random.ts";
import type { Target } from "./attacks.ts";
import { keyed, textKey } from "./keyed.ts";
import { podAnswer, podAskedAt } from "./resolution.ts";
import { runsBetween } from "./schedule.ts";
import { daySeconds, normal, type Use, type World, type WorldNamespace, type WorldWorkload } from "./world.ts";

/** One connection as it happened, whoever sees it. */
export interface TrueFlow {
  /** Seconds since learning began. */
  readonly at: number;
  readonly workload: number;
  readonly pod: number;
  readonly node: number;
  readonly address: number;
  readonly protocol: Protocol;
  readonly port: number;
  readonly packets: number;
  readonly isAnswered: boolean;
  /** The name that was meant. */
  readonly host: string | undefined;
  readonly askedAt: number;
  /** The addresses of the DNS answer that led here, the first time that it is used. */
  readonly answer: readonly number[] | undefined;
  readonly ttlSeconds: number | undefined;
  readonly alias: string | undefined;
  /** Exactly one of these; neither for mistakes and curiosity, which nobody misses. */
  readonly use: Use | undefined;
  readonly target: Target | undefined;
}

/** Every connection of a namespace in [from, to), days in order; the same whatever interval it is asked in, by whole days. */
export function* trafficOf(world: World, namespace: WorldNamespace, from: number, to: number): Generator<TrueFlow> {
  for (let day = Math.floor(from / daySeconds); day * daySeconds < to; day += 1) {
    for (const [index, workload] of namespace.workloads.entries()) {
      const pods = podsOf(world, namespace, workload, index, day);
      for (const [number, use] of workload.uses.entries()) {
        const random = seeded(keyed(world.settings.seed, textKey(namespace.name), index * 64 + number, day));
        yield* flowsOfUse(world, { workload, index, pods, use, day, random });
      }
    }
    yield* attacksOn(world, namespace, day);
    yield* mistakes(world, namespace, day);
  }
}

interface UseDay {
  readonly workload: WorldWorkload;
  readonly index: number;
  readonly pods: readonly { readonly pod: number; readonly node: number }[];
  readonly use: Use;
  readonly day: number;
  readonly random: Random;
}

function* flowsOfUse(world: World, { workload, index, pods, use, day, random }: UseDay): Generator<TrueFlow> {
  const asked = new Set<string>();
  for (const at of momentsOf(world, workload, use, day, random)) {
    const { pod, node } = pods[random.below(pods.length)]!;
    const { service, host, hostKey } = use;
    const family = service.v6 !== undefined && random.chance(0.5) ? 6 : 4;
    const askedAt = podAskedAt(service, hostKey, pod, at);
    const answer = podAnswer(world, service, hostKey, { pod, askedAt, family });
    const { protocol, port } = service.ports[random.chance(0.85) ? 0 : random.below(service.ports.length)]!;
    const question = `${pod} ${askedAt} ${family}`;
    const isFirst = host !== undefined && !asked.has(question);
    if (isFirst) asked.add(question);
    yield {
      at,
      workload: index,
      pod,
      node,
      address: answer[random.below(answer.length)]!,
      protocol,
      port,
      packets: Math.max(2, Math.round(service.packets[0] * Math.exp(service.packets[1] * normal(random)))),
      isAnswered: true,
      host,
      askedAt,
      answer: isFirst ? answer : undefined,
      ttlSeconds: service.v4.shape.ttlSeconds,
      alias: service.alias,
      use,
      target: undefined,
    };
  }
}

/** When the use happens on this day, in the order of hours. */
function* momentsOf(world: World, workload: WorldWorkload, use: Use, day: number, random: Random): Generator<number> {
  const start = day * daySeconds;
  const isUsed = (at: number): boolean => at >= use.from && at < use.until;
  if (workload.schedule !== undefined) {
    const from = world.startMs + start * 1000;
    for (const run of runsBetween(workload.schedule, from, from + daySeconds * 1000)) {
      const begins = (run - world.startMs) / 1000;
      for (let i = Math.max(1, poisson(use.rate, random)); i > 0; i -= 1) {
        const at = begins + random.next() * 900;
        if (isUsed(at)) yield at;
      }
    }
    return;
  }
  const weekday = new Date(world.startMs + start * 1000).getUTCDay();
  const isWeekend = weekday === 0 || weekday === 6;
  for (let hour = 0; hour < 24; hour += 1) {
    const busy = hour >= 7 && hour < 18;
    const share = workload.officeHours ? (busy && !isWeekend ? 2 : 0) : (busy ? 1.3 : 0.7) * (isWeekend ? 0.7 : 1);
    for (let i = poisson(use.rate * share, random); i > 0; i -= 1) {
      const at = start + (hour + random.next()) * 3600;
      if (isUsed(at)) yield at;
    }
  }
}

/** Pods move when they are replaced: every few days, each by itself. */
function podsOf(
  { settings }: World,
  namespace: WorldNamespace,
  workload: WorldWorkload,
  index: number,
  day: number,
): UseDay["pods"] {
  const owner = keyed(settings.seed, textKey(namespace.name), index);
  return Array.from({ length: workload.replicas }, (_, replica) => {
    const life = workload.schedule === undefined ? Math.floor((day + (keyed(owner, replica) % 6)) / 6) : day;
    const pod = keyed(owner, replica, life);
    const isDaemon = workload.workload.kind === "DaemonSet";
    return { pod, node: isDaemon ? replica % settings.nodes : keyed(pod, 0x40de) % settings.nodes };
  });
}

function poisson(mean: number, random: Random): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count += 1;
  return count;
}

function* attacksOn(world: World, { name, campaigns }: WorldNamespace, day: number): Generator<TrueFlow> {
  const start = day * daySeconds;
  for (const [number, { workload, targets }] of campaigns.entries()) {
    const pod = keyed(textKey(name), number, workload);
    for (const [i, target] of targets.entries()) {
      const random = seeded(keyed(textKey(name), number * 1024 + i, day));
      for (let at = target.from; at < start + daySeconds; at += target.everySeconds ?? daySeconds * 1000) {
        // Skips whole days at once, then keeps to the beat.
        if (target.everySeconds !== undefined && at < start) {
          at += Math.floor((start - at) / target.everySeconds) * target.everySeconds;
        }
        if (at < start) continue;
        yield {
          at: Math.min(start + daySeconds - 1, at + random.next() * 30),
          workload,
          pod,
          node: pod % world.settings.nodes,
          address: target.address,
          protocol: target.protocol,
          port: target.port,
          packets: target.packets,
          isAnswered: target.isAnswered,
          host: target.host,
          askedAt: at,
          answer: target.host === undefined ? undefined : [target.address],
          ttlSeconds: 300,
          alias: undefined,
          use: undefined,
          target,
        };
      }
    }
  }
}

/** Typing errors, dead hosts that something retries for ever, and single looks at places nobody needs again. */
function* mistakes(world: World, namespace: WorldNamespace, day: number): Generator<TrueFlow> {
  const { strangers, onPremisesVictims } = world.underworld;
  const random = seeded(keyed(world.settings.seed, textKey(namespace.name), 0xdead, day));
  const owner = keyed(world.settings.seed, textKey(namespace.name), 0xdead);
  const pick = (list: readonly number[], key: number): number => list[key % list.length]!;
  const at = (): number => day * daySeconds + random.next() * daySeconds;
  const common = {
    ttlSeconds: undefined,
    alias: undefined,
    answer: undefined,
    use: undefined,
    target: undefined,
  } as const;
  const workload = owner % namespace.workloads.length;
  const base = { ...common, workload, pod: owner, node: owner % world.settings.nodes, askedAt: 0, host: undefined };
  // The dead host: one for some namespaces, the same every day.
  if (owner % 3 === 0) {
    for (let i = 0; i < 24; i += 1) {
      const address = pick(onPremisesVictims, owner >>> 4);
      yield { ...base, at: at(), address, protocol: "tcp", port: 8080, packets: 3, isAnswered: false };
    }
  }
  if (random.chance(0.08)) {
    const address = pick(strangers, random.below(1000));
    yield { ...base, at: at(), address, protocol: "tcp", port: 443, packets: 1, isAnswered: false };
  }
  if (random.chance(0.04)) {
    const address = pick(strangers, random.below(1000));
    const host = random.chance(0.8) ? `www.site-${random.below(9999)}.org` : undefined;
    const answer = host === undefined ? undefined : [address];
    yield { ...base, at: at(), address, protocol: "tcp", port: 443, packets: 20, isAnswered: true, host, answer };
  }
}
