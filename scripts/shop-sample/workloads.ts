import { outside, type Outside } from "./outside.ts";
import { at, type RhythmName } from "./week.ts";

/**
 * The shop as one table: who runs where, what each workload talks to, how often. The other files in this folder only
 * turn these rows into objects, connections and log lines.
 */
export interface WorkloadRow {
  readonly namespace: string;
  readonly kind: "Deployment" | "StatefulSet" | "DaemonSet" | "CronJob";
  readonly name: string;
  readonly replicas: number;
  /** Port the pods serve and are probed at; absent for those that only call out. */
  readonly listens?: number;
  readonly rhythm: RhythmName;
  readonly calls: readonly Call[];
  /** Calls to other parts of the cluster, by Service. */
  readonly inside?: readonly InsideCall[];
  /** Moments at which a new version was rolled out: new ReplicaSet, new pods, new addresses. */
  readonly rollouts?: readonly number[];
  /** For a CronJob. */
  readonly runs?: { readonly schedule: string; readonly startsMs: readonly number[]; readonly minutes: number };
}

/** Connections of the whole workload on an ordinary day; for a CronJob, in one run. */
export interface Call {
  readonly to: Outside;
  readonly perDay: number;
  readonly held?: Held;
}

export interface InsideCall {
  readonly service: string;
  readonly perDay: number;
  readonly held?: Held;
}

/** A connection that is kept open, and how often something is said on it. */
export interface Held {
  readonly minutes: number;
  readonly everyMinutes: number;
}

const nights = (["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const).map((day) => at(`${day} 01:30`));

export const workloads: readonly WorkloadRow[] = [
  {
    namespace: "shop-web",
    kind: "Deployment",
    name: "storefront",
    replicas: 3,
    listens: 8443,
    rhythm: "shop",
    calls: [call(outside.rates, 30), call(outside.search, 70)],
    inside: [inside("cart", 50), inside("checkout", 40)],
    rollouts: [at("wed 10:12")],
  },
  {
    namespace: "shop-web",
    kind: "Deployment",
    name: "cart",
    replicas: 2,
    listens: 8080,
    rhythm: "shop",
    calls: [call(outside.tax, 45)],
  },
  {
    namespace: "shop-payments",
    kind: "Deployment",
    name: "checkout",
    replicas: 3,
    listens: 8080,
    rhythm: "shop",
    calls: [call(outside.payments, 170), call(outside.risk, 35)],
    inside: [inside("ledger", 40)],
    rollouts: [at("wed 13:40")],
  },
  {
    namespace: "shop-payments",
    kind: "Deployment",
    name: "ledger",
    replicas: 2,
    listens: 8080,
    rhythm: "shop",
    calls: [],
    inside: [
      inside("ledger-db", 16, { minutes: 28, everyMinutes: 7 }),
      inside("kubernetes", 6, { minutes: 50, everyMinutes: 12 }),
    ],
  },
  {
    namespace: "shop-media",
    kind: "Deployment",
    name: "thumbnailer",
    replicas: 2,
    listens: 8080,
    rhythm: "shop",
    calls: [call(outside.objects, 110)],
    rollouts: [at("mon 15:05"), at("thu 14:30")],
  },
  {
    namespace: "shop-mail",
    kind: "StatefulSet",
    name: "mailer",
    replicas: 2,
    listens: 8080,
    rhythm: "shop",
    calls: [call(outside.relay, 60)],
  },
  {
    namespace: "shop-batch",
    kind: "CronJob",
    name: "nightly-report",
    replicas: 1,
    rhythm: "steady",
    calls: [call(outside.objects, 14), call(outside.partner, 3)],
    inside: [inside("ledger", 4)],
    runs: { schedule: "30 1 * * *", startsMs: nights, minutes: 11 },
  },
  {
    namespace: "shop-batch",
    kind: "CronJob",
    name: "weekly-settlement",
    replicas: 1,
    rhythm: "steady",
    calls: [call(outside.clearing, 3)],
    inside: [inside("ledger", 3)],
    runs: { schedule: "0 4 * * 0", startsMs: [at("sun 04:00")], minutes: 6 },
  },
  {
    namespace: "shop-observability",
    kind: "DaemonSet",
    name: "telemetry-agent",
    replicas: 3,
    listens: 13133,
    rhythm: "steady",
    calls: [
      call(outside.telemetry, 60),
      call(outside.traces, 12, { minutes: 55, everyMinutes: 11 }),
      call(outside.time, 36),
    ],
    inside: [inside("kubernetes", 9, { minutes: 45, everyMinutes: 9 })],
  },
  {
    namespace: "build",
    kind: "Deployment",
    name: "runner",
    replicas: 2,
    rhythm: "office",
    calls: [call(outside.images, 50), call(outside.packages, 24), call(outside.forge, 18)],
    inside: [inside("kubernetes", 20)],
    rollouts: [at("tue 09:00")],
  },
];

function call(to: Outside, perDay: number, held?: Held): Call {
  return { to, perDay, ...(held === undefined ? {} : { held }) };
}

function inside(service: string, perDay: number, held?: Held): InsideCall {
  return { service, perDay, ...(held === undefined ? {} : { held }) };
}

export const controlPlane = ["10.0.0.10", "10.0.0.11", "10.0.0.12"];

export const shopNamespaces = [...new Set(workloads.map(({ namespace }) => namespace))].sort();

/** On Thursday morning the Network Observability Operator was upgraded, and the records changed their form. */
export const collectorUpgradedMs = at("thu 10:00");

/** Worker 1 was drained on Saturday night and rebooted. */
export const maintenance = { worker: 1, drainedMs: at("sat 21:00"), backMs: at("sat 21:18") };

/** The namespace that has an EgressFirewall today; its ACLs have been logged since Friday. */
export const audited = { namespace: "shop-payments", sinceMs: at("fri 08:00") };
