import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../package.json" with { type: "json" };
import { keyFileSigner } from "../adapters/audit-key/key-file.ts";
import { celEngine } from "../adapters/cel/engine.ts";
import { readLawFiles } from "../adapters/law-files/read-law-files.ts";
import { readObjects } from "../adapters/manifests/read-objects.ts";
import { repositoryYaml } from "../adapters/manifests/repository-yaml.ts";
import { opaEngine } from "../adapters/opa/engine.ts";
import { firstRunLink } from "../app/access/local-sign-in.ts";
import { auditOrigin, signCheckpoint } from "../app/audit/sign-checkpoint.ts";
import { auditDesk } from "../app/desk/audit-desk.ts";
import { readAutomation } from "../app/desk/automation-settings.ts";
import type { Desk } from "../app/desk/desk.ts";
import { namespaceDesk } from "../app/desk/namespace-desk.ts";
import { overviewDesk } from "../app/desk/overview-desk.ts";
import { proposalDesk } from "../app/desk/proposal-desk.ts";
import { ruleDesk } from "../app/desk/rule-desk.ts";
import type { ServerEvents } from "../app/desk/server-events.ts";
import { settingsDesk } from "../app/desk/settings-desk.ts";
import { sourceDesk } from "../app/desk/source-desk.ts";
import { trafficDesk } from "../app/desk/traffic-desk.ts";
import type { Failure } from "../app/failure.ts";
import { manifestInRepository } from "../app/gitops/manifest-in-repository.ts";
import { repositoryViews } from "../app/gitops/repositories.ts";
import type { EdgeStore } from "../app/history/edge-store.ts";
import { rememberedTraffic } from "../app/history/remembered-traffic.ts";
import type { TrafficReader } from "../app/history/traffic-reader.ts";
import { builtInKnowledge } from "../app/knowledge-source.ts";
import { lawSource } from "../app/law/law-source.ts";
import { lawsInForce } from "../app/law/laws-in-force.ts";
import { lawJudge } from "../app/law/make-law-judge.ts";
import type { LawReaders } from "../app/law/read-law-text.ts";
import { newProposalId, type ProposalPlace } from "../app/proposals/proposal-place.ts";
import type { ReviewOptions } from "../app/serve.ts";
import { withRememberedNamespaces } from "../app/state/remembered-namespaces.ts";
import type { State } from "../app/state/state.ts";
import type { NamespaceRef } from "../app/wire/list.ts";
import { ok, type Result } from "../core/result.ts";
import type { ApiParts } from "../surfaces/http/api/api-parts.ts";
import type { Log } from "../surfaces/http/log.ts";
import type { Timers } from "./every.ts";
import { judgeInProcesses } from "./judge-in-processes.ts";
import { LawThread } from "./law-thread.ts";
import { openAccess } from "./open-access.ts";
import { reviewWork } from "./review-work.ts";
import { openWorld } from "./review-world.ts";

export interface ReviewSurroundings {
  readonly options: ReviewOptions;
  /** Of the server's data. */
  readonly folder: string;
  /** Where the server is told to listen; for links where nobody said how browsers reach it. */
  readonly address: URL;
  readonly state: State;
  readonly store: EdgeStore & TrafficReader;
  /** Writes what is known of sources to the state. */
  readonly flush: () => Promise<void>;
  readonly events: ServerEvents;
  readonly timers: Timers;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** The application that people review on, over a history and a state that are open. */
export interface Review {
  readonly api: ApiParts;
  /** The secret of the link with which the first person signs in; undefined: somebody can already. */
  firstRunSecret(): Promise<string | undefined>;
  /** Begins with jobs and timers. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const lookBackDays = 30;
const judgeMemoryMib = 1_024;
const longestJudgeMs = 300_000;
const lawMemoryMib = 512;
const longestLawMs = 60_000;

export async function openReview(around: ReviewSurroundings): Promise<Result<Review, readonly Failure[]>> {
  const { options, state, store, events, log, nowMs } = around;
  const decisions = withRememberedNamespaces(state.decisions, nowMs);
  const signer = keyFileSigner({
    folder: around.folder,
    keyFile: options.auditKeyFile,
    origin: await auditOrigin(state.settings),
  });
  const readers: LawReaders = {
    readManifests: readObjects,
    cel: celEngine,
    rego: options.opa && opaEngine(options.opa),
  };
  const fileLaws = options.lawFolder === undefined ? ok([]) : await readLawFiles(options.lawFolder, lawSource(readers));
  if (!fileLaws.ok) return fileLaws;
  const world = await openWorld(around);
  if (!world.ok) return world;
  const { clusters, repositories } = world.value;
  const opened = await openAccess({
    file: options.accessFile,
    decisions,
    nowMs,
    publicUrl: options.publicUrl ?? around.address,
    onTrouble: ({ code, message }) => log.warn({ code, reason: message }, "access or chat is in trouble"),
  });
  if (!opened.ok) {
    await clusters.close();
    return opened;
  }
  const { access } = opened.value;
  const judge = judgeInProcesses({
    settings: { knowledge: builtInKnowledge, never: [], networks: { pods: [], services: [] }, lookBackDays },
    history: store,
    clusters: clusters.reader,
    memoryMib: judgeMemoryMib,
    longestMs: longestJudgeMs,
    onTrouble: (message) => log.error({ reason: message }, "the judge is in trouble"),
  });
  const place: ProposalPlace = { decisions, events, nowMs, newId: newProposalId };
  const bench = new LawThread({
    opa: options.opa,
    memoryMib: lawMemoryMib,
    longestMs: longestLawMs,
    onTrouble: (message) => log.error({ reason: message }, "the law's judge is in trouble"),
  });
  const law = lawJudge({ bench, laws: lawsInForce(decisions.laws, fileLaws.value) });
  const automation = async (): Promise<Awaited<ReturnType<typeof readAutomation>>["automation"]> =>
    (await readAutomation(state.settings)).automation;
  const namespaces = async (): Promise<readonly NamespaceRef[]> => decisions.namespaces.all();
  const traffic = rememberedTraffic(store, nowMs);
  const inRepository = manifestInRepository(repositories, repositoryYaml);
  const proposals = proposalDesk({ place, judge, law, access, clusters: clusters.reader, inRepository });
  const desk: Desk = {
    overview: overviewDesk({ decisions, state, proposals, traffic, access, nowMs }),
    proposals,
    namespaces: namespaceDesk({ decisions, access, judge, clusters: clusters.reader, events, automation, nowMs }),
    traffic: trafficDesk({ traffic, access, namespaces, nowMs }),
    rules: ruleDesk({ decisions, access, nowMs }),
    audit: auditDesk({ decisions, access, sign: async () => signCheckpoint(decisions, signer, nowMs()), nowMs }),
    sources: sourceDesk({ state, access, namespaces, nowMs, flush: around.flush }),
    settings: settingsDesk({
      decisions,
      settings: state.settings,
      access,
      readers,
      bench,
      fileLaws: fileLaws.value,
      repositories: () => Promise.resolve([...repositoryViews(repositories)]),
      nowMs,
    }),
  };
  const work = reviewWork({
    around,
    world: world.value,
    place,
    judge,
    law,
    inRepository,
    automation,
    signer,
    tellers: opened.value.jobs,
  });
  const slack = opened.value.slackHook(proposals);
  return ok({
    api: {
      desk,
      access,
      books: decisions,
      events,
      idempotency: state.idempotency,
      signIn: opened.value.signIn,
      slack,
      publicUrl: options.publicUrl,
      webFolder: await builtApplication(),
      version: manifest.version,
      isSample: options.sample !== undefined,
      gitHook: work.gitHook,
    },
    firstRunSecret: async () => firstRunLink(decisions, nowMs()),
    start: async () => {
      await work.start();
      await opened.value.begin();
    },
    close: async () => {
      await work.stop();
      await judge.close();
      await bench.close();
      await slack?.close();
      opened.value.close();
      await clusters.close();
    },
  });
}

/** Where the application lies when it was built; undefined: the API alone. */
async function builtApplication(): Promise<string | undefined> {
  const folder = fileURLToPath(new URL("../../dist/web/", import.meta.url));
  return readFile(join(folder, "index.html")).then(
    () => folder,
    () => undefined,
  );
}
