import { containsIp } from "../../../src/core/net/ip-set.ts";
import type { IpAddress } from "../../../src/core/net/ip.ts";
import type { Protocol } from "../../../src/core/net/l4.ts";
import { type Random, seeded } from "../../corpus/random.ts";
import type { LearningSettings } from "../settings.ts";
import type { AddressBook } from "./address-book.ts";
import { type BlockAllocator, blockInside, hostInside } from "./blocks.ts";
import type { TrueService } from "./services.ts";
import type { Supplier } from "./suppliers.ts";

export type AttackKind = "listed-c2" | "c2" | "miner" | "scan" | "exfiltration" | "metadata";

/** One place an attacker's code talks to. */
export interface Target {
  readonly kind: AttackKind;
  readonly address: number;
  readonly protocol: Protocol;
  readonly port: number;
  readonly host: string | undefined;
  /** How much it counts: the probes of one scan count as one destination together. */
  readonly weight: number;
  readonly isAnswered: boolean;
  /** Seconds between contacts; undefined for a single one. */
  readonly everySeconds: number | undefined;
  /** Seconds since learning began. */
  readonly from: number;
  readonly packets: number;
}

/** What one compromised workload does, from its first contact to the end of the judged days. */
export interface Campaign {
  readonly workload: number;
  readonly from: number;
  readonly isSilent: boolean;
  readonly whileLearning: boolean;
  readonly targets: readonly Target[];
}

export interface Server {
  readonly address: number;
  readonly host: string | undefined;
}

/** The attackers' own machines, shared by campaigns as in reality. */
export interface Underworld {
  readonly listed: readonly Server[];
  readonly unlisted: readonly Server[];
  /** Hosts that attackers rent at providers the cluster uses as well. */
  readonly rented: readonly Server[];
  readonly drops: readonly Server[];
  readonly miners: readonly Server[];
  readonly strangers: readonly number[];
  readonly onPremisesVictims: readonly number[];
  /** 169.254.169.254. */
  readonly metadata: number;
  readonly addressOf: (id: number) => IpAddress;
}

interface Ground {
  readonly book: AddressBook;
  readonly blocks: BlockAllocator;
  readonly suppliers: ReadonlyMap<string, Supplier>;
}

const daySeconds = 86_400;
const consonants = "bcdfghjklmnpqrstvwxz";
const vowels = "aeiou";

export function underworldOf(settings: LearningSettings, { book, blocks, suppliers }: Ground): Underworld {
  const random = seeded(settings.seed ^ 0x5eed);
  const own = (): number => book.id({ family: 4, value: hostInside(blocks.v4(24), random) });
  const many = (count: number, make: () => Server): readonly Server[] => Array.from({ length: count }, make);
  const published = [...suppliers.values()].filter(({ isPublished, v4 }) => isPublished && v4.length > 0);
  const rented = (): Server => {
    const { v4 } = published[random.below(published.length)]!;
    const host = random.chance(0.5) ? `${madeUp(random, 10)}.s3-drop.net` : undefined;
    return { address: book.id({ family: 4, value: hostInside(blockInside(v4, 24, random), random) }), host };
  };
  return {
    listed: many(40, () => ({ address: own(), host: random.chance(0.4) ? `${madeUp(random, 12)}.top` : undefined })),
    unlisted: many(60, () => ({ address: own(), host: nameOf(random) })),
    rented: many(80, rented),
    drops: many(40, () => ({
      address: own(),
      host: random.chance(0.5) ? `files-${random.below(999)}.xyz` : undefined,
    })),
    miners: many(12, () => ({
      address: own(),
      host: random.chance(0.6) ? `pool${random.below(99)}.minexmr.cc` : undefined,
    })),
    strangers: Array.from({ length: 300 }, own),
    onPremisesVictims: Array.from({ length: 200 }, () => book.v4(0x0a140000 + random.below(65_536))),
    metadata: book.v4(0xa9fea9fe),
    addressOf: (id) => book.at(id),
  };
}

/** No name, a generated one, or a plain one. */
function nameOf(random: Random): string | undefined {
  const kind = random.next();
  if (kind < 0.5) return undefined;
  if (kind < 0.8) return `${Array.from({ length: 14 }, () => letter(random)).join("")}.com`;
  return `${madeUp(random, 7)}-cdn.net`;
}

function letter(random: Random): string {
  return "abcdefghijklmnopqrstuvwxyz0123456789"[random.below(36)]!;
}

function madeUp(random: Random, length: number): string {
  return Array.from({ length }, (_, i) =>
    i % 2 === 0 ? consonants[random.below(consonants.length)]! : vowels[random.below(vowels.length)]!,
  ).join("");
}

export interface Victim {
  readonly key: number;
  readonly workloads: readonly {
    readonly isLongRunning: boolean;
    readonly uses: readonly { readonly service: TrueService }[];
  }[];
  readonly learned: number;
  readonly horizon: number;
}

export function plotCampaigns(settings: LearningSettings, underworld: Underworld, victim: Victim): readonly Campaign[] {
  const random = seeded(victim.key);
  const { attacks } = settings;
  const campaigns: Campaign[] = [];
  const running = victim.workloads.flatMap(({ isLongRunning }, i) => (isLongRunning ? [i] : []));
  const plot = (from: number, whileLearning: boolean): void => {
    const workload = running[random.below(running.length)]!;
    const isSilent = random.chance(attacks.silent);
    campaigns.push({
      workload,
      from,
      isSilent,
      whileLearning,
      targets: targetsOf(settings, underworld, victim, { random, from, isSilent }),
    });
  };
  if (random.chance(attacks.whileLearning)) plot(victim.learned * (0.25 + 0.65 * random.next()), true);
  if (random.chance(attacks.whileJudged)) plot(victim.learned + (0.2 + 10 * random.next()) * daySeconds, false);
  return campaigns;
}

interface Plot {
  readonly random: Random;
  readonly from: number;
  readonly isSilent: boolean;
}

function targetsOf(
  { attacks }: LearningSettings,
  underworld: Underworld,
  victim: Victim,
  { random, from, isSilent }: Plot,
): readonly Target[] {
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  const later = (): number => from + (0.02 + 1.5 * random.next() ** 2) * daySeconds;
  const common = { protocol: "tcp", weight: 1, isAnswered: true } as const;
  const webPort = (): number =>
    random.chance(attacks.usualPort) ? 443 : pick([80, 8080, 8443, 4444, 53, 1337, 9001, 22]);
  const beacon = (kind: AttackKind, { address, host }: Server, at: number): Target => {
    const everySeconds = 300 + random.below(7000);
    return { ...common, kind, address, host, port: webPort(), everySeconds, from: at, packets: 8 + random.below(12) };
  };
  const targets: Target[] = [];
  // What betrays it comes first, what it is for comes after.
  if (!isSilent) targets.push(...signal());
  for (let i = 2 + random.below(4); i > 0; i -= 1) {
    if (!isSilent && random.chance(attacks.listed)) targets.push(beacon("listed-c2", pick(underworld.listed), later()));
    else targets.push(beacon("c2", pick(underworld.unlisted), later()));
  }
  if (!isSilent && random.chance(0.2)) {
    const { address, host } = pick(underworld.miners);
    const port = pick([3333, 4444, 14_444, 5555, 7777, 45_700]);
    targets.push({ ...common, kind: "miner", address, host, port, everySeconds: 900, from: later(), packets: 40 });
  }
  for (let i = random.below(3); i > 0; i -= 1) {
    const { address, host } = random.chance(attacks.sameProviders) ? rentedPlace() : pick(underworld.drops);
    const port = random.chance(0.8) ? 443 : webPort();
    targets.push({
      ...common,
      kind: "exfiltration",
      address,
      host,
      port,
      everySeconds: 7200,
      from: later(),
      packets: 4000,
    });
  }
  return targets.toSorted((a, b) => a.from - b.from);

  function signal(): readonly Target[] {
    const kind = random.next();
    if (kind < 0.5) return [beacon("listed-c2", pick(underworld.listed), from)];
    if (kind < 0.85) return scan();
    const address = underworld.metadata;
    return [
      { ...common, kind: "metadata", address, host: undefined, port: 80, everySeconds: 43_200, from, packets: 6 },
    ];
  }

  function scan(): readonly Target[] {
    const isVertical = random.chance(0.35);
    const size = 24 + random.below(40);
    const port = pick([22, 23, 445, 3389, 6379, 443, 443, 80, 2375]);
    const victimHost = pick(underworld.onPremisesVictims);
    const probed = random.chance(0.5) ? underworld.strangers : underworld.onPremisesVictims;
    return Array.from({ length: size }, (_, i) => ({
      ...common,
      kind: "scan" as const,
      address: isVertical ? victimHost : pick(probed),
      port: isVertical ? 20 + i * 37 : port,
      host: undefined,
      weight: 1 / size,
      isAnswered: random.chance(0.15),
      everySeconds: random.chance(0.3) ? daySeconds : undefined,
      from: from + i * 3,
      packets: 1 + random.below(2),
    }));
  }

  /** At a provider that the cluster uses as well, and rarely where the victim itself goes. */
  function rentedPlace(): Server {
    const services = victim.workloads.flatMap(({ uses }) => uses.map(({ service }) => service));
    const inCommon = services.filter(
      ({ kind }) => kind === "cdn" || kind === "rotating-store" || kind === "balanced-saas",
    );
    if (inCommon.length > 0 && random.chance(attacks.sameRanges)) {
      const { v4 } = pick(inCommon);
      return { address: v4.addressAt(random.below(v4.shape.slots), from), host: undefined };
    }
    const elsewhere = underworld.rented.filter(({ address }) =>
      services.every(({ truth }) => !containsIp(truth, underworld.addressOf(address))),
    );
    return pick(elsewhere.length > 0 ? elsewhere : underworld.drops);
  }
}
