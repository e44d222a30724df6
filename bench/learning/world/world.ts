import { type Cidr, type IpSet, ipSetOfAll, parseCidr } from "../../../src/core/net/ip-set.ts";
import type { Workload } from "../../../src/core/workload/workload.ts";
import { type Random, seeded } from "../../corpus/random.ts";
import { judgedDays, type LearningSettings } from "../settings.ts";
import { AddressBook } from "./address-book.ts";
import type { Application, WorkloadPlan } from "./application.ts";
import { applications } from "./applications.ts";
import { type Campaign, plotCampaigns, type Underworld, underworldOf } from "./attacks.ts";
import { BlockAllocator } from "./blocks.ts";
import { keyed, textKey } from "./keyed.ts";
import { type Cast, type Role, roles } from "./roles.ts";
import { type Schedule, scheduleOf } from "./schedule.ts";
import { between } from "./service-kinds.ts";
import { ServiceMaker, type ServiceSpec, type TrueService } from "./services.ts";
import { makeSuppliers, regions, type Supplier } from "./suppliers.ts";

/** One workload's need of one service. Times in seconds since learning began. */
export interface Use {
  readonly service: TrueService;
  /** The name it asks for; undefined where it connects to an address it was given. */
  readonly host: string | undefined;
  readonly hostKey: number;
  /** Flows per hour; of scheduled work per run. */
  readonly rate: number;
  /** A new version brings it or drops it. */
  readonly from: number;
  readonly until: number;
}

export interface WorldWorkload {
  readonly workload: Workload;
  readonly image: string;
  readonly replicas: number;
  readonly officeHours: boolean;
  readonly schedule: Schedule | undefined;
  readonly hidesDns: boolean;
  readonly uses: readonly Use[];
}

export interface WorldNamespace {
  readonly index: number;
  readonly name: string;
  readonly application: Application;
  readonly workloads: readonly WorldWorkload[];
  readonly campaigns: readonly Campaign[];
}

/** A host name and what stands behind it. */
export interface Host {
  readonly service: TrueService;
  readonly key: number;
  /** Every address it ever has. */
  readonly reach: IpSet;
}

export interface World {
  readonly settings: LearningSettings;
  readonly startMs: number;
  /** Seconds since the start at which learning ends and judging begins. */
  readonly learned: number;
  readonly horizon: number;
  readonly book: AddressBook;
  readonly suppliers: ReadonlyMap<string, Supplier>;
  readonly services: readonly TrueService[];
  readonly onPremises: readonly Cidr[];
  readonly namespaces: readonly WorldNamespace[];
  readonly hosts: ReadonlyMap<string, Host>;
  /** The attackers' own names. */
  readonly attackers: ReadonlyMap<string, ReadonlySet<number>>;
  readonly underworld: Underworld;
}

export const daySeconds = 86_400;
const always = Number.POSITIVE_INFINITY;

/** The whole truth of one settings object. */
export function makeWorld(settings: LearningSettings): World {
  const random = seeded(settings.seed);
  const book = new AddressBook();
  const blocks = new BlockAllocator(random);
  const learned = settings.learningDays * daySeconds;
  const horizon = learned + judgedDays * daySeconds;
  const suppliers = makeSuppliers(blocks, random, settings.newBlocks);
  const onPremises = ["10.20.0.0/16", "10.64.0.0/15", "192.168.16.0/20"].map(block);
  const maker = new ServiceMaker(settings, { book, blocks, suppliers, onPremises, learned, horizon });
  const underworld = underworldOf(settings, { book, blocks, suppliers });
  const home = random.below(3);
  const hosts = new Map<string, Omit<Host, "reach">>();
  const numbers = new Map<string, number>();
  const namespaces = Array.from({ length: settings.namespaces }, (_, index): WorldNamespace => {
    const application = applications[index % applications.length]!;
    const number = (numbers.get(application.kind) ?? 0) + 1;
    numbers.set(application.kind, number);
    const name = `${application.kind}-${["prod", "stage", "test", "eu", "us"][(number - 1) % 5]}-${number}`;
    const own = seeded(keyed(settings.seed, textKey(name)));
    const cast: Cast = {
      namespace: name,
      product: `${application.kind} ${Math.floor((number - 1) / 5)}`,
      random: own,
      region: regions[home]!,
      azureRegion: home === 2 ? "WestEurope" : "EastUS",
      googleRegion: "us-central1",
    };
    const workloads = castWorkloads(application, { settings, cast, maker, hosts, learned });
    const campaigns = plotCampaigns(settings, underworld, {
      key: keyed(settings.seed, textKey(name), 77),
      workloads: workloads.map(({ uses, schedule }) => ({ isLongRunning: schedule === undefined, uses })),
      learned,
      horizon,
    });
    return { index, name, application, workloads, campaigns };
  });
  return {
    settings,
    startMs: Date.UTC(2026, 8, settings.startDay),
    learned,
    horizon,
    book,
    suppliers,
    services: maker.all,
    onPremises,
    namespaces,
    hosts: withReach(hosts, book, horizon),
    attackers: attackersOf(underworld),
    underworld,
  };
}

function withReach(
  hosts: ReadonlyMap<string, Omit<Host, "reach">>,
  book: AddressBook,
  horizon: number,
): ReadonlyMap<string, Host> {
  const reaches = new Map<TrueService, IpSet>();
  const reachOf = (service: TrueService): IpSet => {
    const known = reaches.get(service);
    if (known !== undefined) return known;
    const pools = [service.v4, ...(service.v6 === undefined ? [] : [service.v6])];
    const made = ipSetOfAll(pools.flatMap((pool) => [...pool.allBetween(0, horizon)]).map((id) => book.at(id)));
    reaches.set(service, made);
    return made;
  };
  return new Map([...hosts].map(([name, host]) => [name, { ...host, reach: reachOf(host.service) }]));
}

function attackersOf({
  listed,
  unlisted,
  rented,
  drops,
  miners,
}: Underworld): ReadonlyMap<string, ReadonlySet<number>> {
  const named = [...listed, ...unlisted, ...rented, ...drops, ...miners].flatMap(({ host, address }) =>
    host === undefined ? [] : [{ host, address }],
  );
  const byHost = Map.groupBy(named, ({ host }) => host);
  return new Map([...byHost].map(([host, own]) => [host, new Set(own.map(({ address }) => address))]));
}

interface Casting {
  readonly settings: LearningSettings;
  readonly cast: Cast;
  readonly maker: ServiceMaker;
  readonly hosts: Map<string, Omit<Host, "reach">>;
  readonly learned: number;
}

function castWorkloads(application: Application, casting: Casting): readonly WorldWorkload[] {
  const { settings, cast, learned } = casting;
  const { random } = cast;
  const plans = application.workloads.filter(
    ({ every }) => (every !== "month" && every !== "quarter") || random.chance(Math.min(1, 0.7 * settings.rareJobs)),
  );
  const changesWhile = {
    learning: random.chance(settings.changesWhileLearning) ? random.below(plans.length) : -1,
    judged: random.chance(settings.changesWhileJudged) ? random.below(plans.length) : -1,
  };
  return plans.map((plan, index): WorldWorkload => {
    // Most teams use what the application was made for; some leave a part of it out.
    const kept = plan.uses.filter((_, i) => i === 0 || random.chance(0.92));
    const uses = kept.map(([role, rate]) => useOf(role, rate, plan, casting));
    if (changesWhile.learning === index) {
      change(uses, plan, casting, Math.floor(learned * (0.2 + 0.7 * random.next())));
    }
    if (changesWhile.judged === index) {
      change(uses, plan, casting, learned + Math.floor((0.5 + 12 * random.next()) * daySeconds));
    }
    return {
      workload: { kind: plan.kind, name: plan.name },
      image: plan.image,
      replicas: plan.kind === "DaemonSet" ? settings.nodes : Math.round(between(plan.replicas, random)),
      officeHours: plan.officeHours === true,
      schedule: plan.every === undefined ? undefined : scheduleOf(plan.every, random),
      hidesDns: random.chance(settings.hiddenDns),
      uses,
    };
  });
}

/** A new version: something new is used, and now and then something is no longer. */
function change(uses: Use[], plan: WorkloadPlan, casting: Casting, at: number): void {
  const { random } = casting.cast;
  const later: readonly Role[] = plan.later ?? [];
  if (later.length > 0) {
    const made = useOf(later[random.below(later.length)]!, 3, plan, casting);
    if (uses.every(({ service }) => service !== made.service)) uses.push({ ...made, from: at });
  }
  if (uses.length > 1 && random.chance(0.4)) uses[0] = { ...uses[0]!, until: at };
}

function useOf(role: Role, rate: number, plan: WorkloadPlan, { settings, cast, maker, hosts }: Casting): Use {
  const spec: ServiceSpec = roles[role]({ ...cast, random: choiceOf(role, plan, settings, cast) });
  const service = maker.make(spec);
  const { random } = cast;
  // Buckets have the namespace's own name, the service behind them is everybody's.
  const own = spec.names?.[0];
  if (own !== undefined && !hosts.has(own)) hosts.set(own, { service, key: textKey(own) });
  if (service.alias !== undefined) hosts.set(service.alias, { service, key: textKey(own ?? service.alias) });
  const pods = plan.kind === "DaemonSet" ? settings.nodes : plan.replicas[0];
  const factor = plan.every === undefined ? settings.activity * (0.6 + 0.2 * pods) : 1;
  return {
    service,
    host: own,
    hostKey: textKey(own ?? service.id),
    rate: rate * factor * Math.exp(0.5 * normal(random)),
    from: 0,
    until: always,
  };
}

/**
 * The stages of one product make the same choices, up to the odd one out. One product has five namespaces.
 */
function choiceOf(role: Role, plan: WorkloadPlan, { seed }: LearningSettings, { random, product }: Cast): Random {
  if (random.chance(0.1)) return random;
  return seeded(keyed(seed, textKey(product), textKey(plan.name), textKey(role)));
}

/** A standard normal number. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

export function block(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr.ok) throw new Error(cidr.error.message);
  return cidr.value;
}
