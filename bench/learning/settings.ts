/** Everything that shapes one generated cluster. Two settings with the same values give the same bytes. */
export interface LearningSettings {
  readonly name: string;
  readonly seed: number;
  /** Whether choices of the product may be tuned by looking at the outcome. */
  readonly purpose: "tuning" | "held-out";
  /** Day of the month on which learning begins, 1–28: decides whether month ends were seen. */
  readonly startDay: number;
  readonly learningDays: number;
  readonly namespaces: number;
  readonly nodes: number;
  /** Factor on how often everything talks. */
  readonly activity: number;

  /** 1 in this many packets is recorded. */
  readonly sampling: number;
  /** Share of DNS answers that never reach the record. */
  readonly lostAnswers: number;
  /** Share of workloads whose DNS answers nobody sees at all: their own resolver, encrypted DNS. */
  readonly hiddenDns: number;
  /** Share of TLS flows whose server name was read. */
  readonly serverNames: number;
  /** Outages of the observation per week, each of 1–10 hours. */
  readonly gapsPerWeek: number;

  /** Name servers in each node's resolv.conf. */
  readonly nameServers: number;
  /** Independent caches behind one name server: answers for rotating names differ between them. */
  readonly resolverCaches: number;

  /** Factor on the rate at which addresses of services change. */
  readonly churn: number;
  /** Factor on the size of rotating pools. */
  readonly pools: number;
  /** Share of services that also have IPv6, in a cluster that has it. */
  readonly dualStack: number;
  /** Blocks that providers begin to use per month and did not publish before the snapshot, per list. */
  readonly newBlocks: number;

  /** Share of namespaces whose deployments change behaviour during the judged days. */
  readonly changesWhileJudged: number;
  /** Share of namespaces whose deployments change behaviour while learning. */
  readonly changesWhileLearning: number;
  /** Factor on how many CronJobs run monthly or quarterly. */
  readonly rareJobs: number;

  readonly attacks: AttackSettings;
}

export interface AttackSettings {
  /** Share of namespaces with a compromised workload during learning, and during the judged days. */
  readonly whileLearning: number;
  readonly whileJudged: number;
  /** Of compromises while learning, those that show nothing suspicious at first: no listed address, scan or metadata access. */
  readonly silent: number;
  /** Of the servers that attackers call home to, those on the feed. */
  readonly listed: number;
  /** Of exfiltration, what goes to providers that the cluster uses as well. */
  readonly sameProviders: number;
  /** Of that, what goes to the very ranges the victim uses: no filter by address can tell it apart. */
  readonly sameRanges: number;
  /** Of attackers' servers, those on port 443. */
  readonly usualPort: number;
}

export const judgedDays = 14;

const usual: LearningSettings = {
  name: "usual",
  seed: 11,
  purpose: "tuning",
  startDay: 3,
  learningDays: 21,
  namespaces: 40,
  nodes: 9,
  activity: 1,
  sampling: 1,
  lostAnswers: 0.1,
  hiddenDns: 0.04,
  serverNames: 0.15,
  gapsPerWeek: 0.3,
  nameServers: 2,
  resolverCaches: 2,
  churn: 1,
  pools: 1,
  dualStack: 0.15,
  newBlocks: 0.1,
  changesWhileJudged: 0.1,
  changesWhileLearning: 0.3,
  rareJobs: 1,
  attacks: {
    whileLearning: 0.12,
    whileJudged: 0.5,
    silent: 0.02,
    listed: 0.35,
    sameProviders: 0.5,
    sameRanges: 0.03,
    usualPort: 0.6,
  },
};

/** Settings on which the product's choices may be tuned. */
const tuning: readonly LearningSettings[] = [
  usual,
  { ...usual, name: "sampled", seed: 23, sampling: 50, activity: 1.5, startDay: 12, learningDays: 28 },
  { ...usual, name: "blind", seed: 37, lostAnswers: 0.45, hiddenDns: 0.2, serverNames: 0.05, gapsPerWeek: 1 },
  {
    ...usual,
    name: "restless",
    seed: 41,
    churn: 2.2,
    pools: 1.6,
    changesWhileJudged: 0.25,
    changesWhileLearning: 0.6,
    newBlocks: 0.4,
    startDay: 20,
  },
  {
    ...usual,
    name: "short",
    seed: 53,
    learningDays: 7,
    activity: 0.7,
    startDay: 8,
    attacks: { ...usual.attacks, whileLearning: 0.25, silent: 0.03 },
  },
  {
    ...usual,
    name: "attacked",
    seed: 67,
    sampling: 5,
    learningDays: 19,
    startDay: 25,
    attacks: { ...usual.attacks, whileLearning: 0.4, whileJudged: 0.7, silent: 0.02, listed: 0.3, usualPort: 0.65 },
  },
];

/** Settings that nobody looks at while tuning: other seeds and other parameters. */
const heldOut: readonly LearningSettings[] = [
  {
    ...usual,
    name: "held-usual",
    seed: 1009,
    purpose: "held-out",
    namespaces: 48,
    startDay: 15,
    learningDays: 24,
    churn: 1.2,
    pools: 0.8,
    nodes: 14,
  },
  {
    ...usual,
    name: "held-sampled",
    seed: 2003,
    purpose: "held-out",
    sampling: 400,
    activity: 2,
    learningDays: 30,
    startDay: 5,
    lostAnswers: 0.2,
    nodes: 24,
  },
  {
    ...usual,
    name: "held-half-blind",
    seed: 3001,
    purpose: "held-out",
    lostAnswers: 0.3,
    hiddenDns: 0.12,
    serverNames: 0.3,
    gapsPerWeek: 0.8,
    learningDays: 18,
    startDay: 22,
    nameServers: 1,
    dualStack: 0.3,
  },
  {
    ...usual,
    name: "held-attacked",
    seed: 4001,
    purpose: "held-out",
    learningDays: 16,
    startDay: 9,
    sampling: 10,
    churn: 0.7,
    attacks: { ...usual.attacks, whileLearning: 0.3, whileJudged: 0.8, silent: 0.04, listed: 0.25, usualPort: 0.7 },
  },
  {
    ...usual,
    name: "held-fortnight",
    seed: 5003,
    purpose: "held-out",
    learningDays: 14,
    startDay: 1,
    namespaces: 32,
    churn: 1.6,
    pools: 1.3,
    resolverCaches: 5,
    changesWhileJudged: 0.2,
    rareJobs: 1.5,
  },
];

export const allSettings: readonly LearningSettings[] = [...tuning, ...heldOut];

/** The same world with few namespaces: minutes become seconds, and figures become rough. */
export function quickened(settings: LearningSettings): LearningSettings {
  return { ...settings, name: `${settings.name} (quick)`, namespaces: Math.min(settings.namespaces, 12) };
}
