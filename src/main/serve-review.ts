import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../package.json" with { type: "json" };
import { keyFileSigner } from "../adapters/audit-key/key-file.ts";
import { celEngine } from "../adapters/cel/engine.ts";
import { readLawFiles } from "../adapters/law-files/read-law-files.ts";
import { readObjects } from "../adapters/manifests/read-objects.ts";
import { repositoryYaml } from "../adapters/manifests/repository-yaml.ts";
import { firstRunLink } from "../app/access/local-sign-in.ts";
import { auditOrigin, signCheckpoint, signWhenDue } from "../app/audit/sign-checkpoint.ts";
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
import { deliveryJobs } from "../app/gitops/delivery-jobs.ts";
import type { DeliveryParts } from "../app/gitops/delivery-parts.ts";
import { resumeDeliveries } from "../app/gitops/delivery-queue.ts";
import { manifestInRepository } from "../app/gitops/manifest-in-repository.ts";
import { repositoryViews } from "../app/gitops/repositories.ts";
import type { EdgeStore } from "../app/history/edge-store.ts";
import { rememberedCoverage } from "../app/history/remembered-coverage.ts";
import { rememberedTraffic } from "../app/history/remembered-traffic.ts";
import type { TrafficReader } from "../app/history/traffic-reader.ts";
import { JobRunner, type JobRunnerParts } from "../app/jobs/job-runner.ts";
import { builtInKnowledge } from "../app/knowledge-source.ts";
import { lawSource } from "../app/law/law-source.ts";
import { lawsInForce } from "../app/law/laws-in-force.ts";
import { lawJudge } from "../app/law/make-law-judge.ts";
import type { LawReaders } from "../app/law/read-law-text.ts";
import { beginNamespaceJobs, namespaceJobs } from "../app/namespaces/namespace-jobs.ts";
import { lawInputOf } from "../app/proposals/law-of-proposal.ts";
import { newProposalId, type ProposalPlace } from "../app/proposals/proposal-place.ts";
import type { ReviewOptions } from "../app/serve.ts";
import type { State } from "../app/state/state.ts";
import type { NamespaceRef } from "../app/wire/list.ts";
import { ok, type Result } from "../core/result.ts";
import type { ApiParts } from "../surfaces/http/api/api-parts.ts";
import type { Log } from "../surfaces/http/log.ts";
import type { Timers } from "./every.ts";
import { judgeInThreads } from "./judge-in-threads.ts";
import { openAccess } from "./open-access.ts";
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
const tidyEveryMs = 600_000;
const syncEveryMs = 2_000;
const signEveryMs = 10_000;
const jobGraceMs = 5_000;
const coverageHoldsMs = 15_000;

export async function openReview(around: ReviewSurroundings): Promise<Result<Review, readonly Failure[]>> {
  const { options, state, store, events, timers, log, nowMs } = around;
  const { decisions } = state;
  const signer = keyFileSigner({ folder: around.folder, origin: await auditOrigin(state.settings) });
  const readers: LawReaders = { readManifests: readObjects, cel: celEngine, rego: undefined };
  const fileLaws = options.lawFolder === undefined ? ok([]) : await readLawFiles(options.lawFolder, lawSource(readers));
  if (!fileLaws.ok) return fileLaws;
  const world = await openWorld(around);
  if (!world.ok) return world;
  const { clusters, sample, repositories } = world.value;
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
  const judge = judgeInThreads({
    settings: { knowledge: builtInKnowledge, never: [], networks: { pods: [], services: [] }, lookBackDays },
    history: store,
    clusters: clusters.reader,
    memoryMib: judgeMemoryMib,
    longestMs: longestJudgeMs,
    onTrouble: (message) => log.error({ reason: message }, "the judge is in trouble"),
  });
  const place: ProposalPlace = { decisions, events, nowMs, newId: newProposalId };
  const law = lawJudge({ ...readers, laws: lawsInForce(decisions.laws, fileLaws.value) });
  const automation = async (): Promise<Awaited<ReturnType<typeof readAutomation>>["automation"]> =>
    (await readAutomation(state.settings)).automation;
  const namespaces = async (): Promise<readonly NamespaceRef[]> => decisions.namespaces.all();
  const traffic = rememberedTraffic(store, nowMs);
  const proposals = proposalDesk({
    place,
    judge,
    law,
    access,
    clusters: clusters.reader,
    inRepository: manifestInRepository(repositories, repositoryYaml),
  });
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
      fileLaws: fileLaws.value,
      repositories: () => Promise.resolve([...repositoryViews(repositories)]),
      nowMs,
    }),
  };
  const running = {
    jobs: decisions.jobs,
    owner: `${hostname()} ${process.pid}`,
    nowMs,
    onEnd: ({ kind, key, attempt, end, because }) => {
      if (end === "done") log.debug({ job: kind, about: key, attempt }, "done");
      else log.info({ job: kind, about: key, attempt, end, because }, "a job is tried again");
    },
    onTrouble: (error) => log.error({ err: error }, "jobs cannot be read"),
  } satisfies Omit<JobRunnerParts, "handlers">;
  const delivery: DeliveryParts = {
    place,
    repositories,
    yaml: repositoryYaml,
    publicUrl: options.publicUrl?.href,
    laws: async (proposal, dossier) => (await law.judge(lawInputOf(proposal, dossier, nowMs()))).verdicts,
  };
  const deliveries = new JobRunner({ ...running, handlers: { ...deliveryJobs(delivery), ...opened.value.jobs } });
  const slack = opened.value.slackHook(proposals);
  // Apart, so that what takes long never keeps a decision waiting.
  const reviews = new JobRunner({
    ...running,
    atOnce: 2,
    handlers: namespaceJobs({
      decisions,
      history: rememberedCoverage(store, nowMs, coverageHoldsMs),
      traffic: store,
      clusters: clusters.reader,
      clusterNames: clusters.names,
      judge,
      events,
      automation,
      nowMs,
    }),
  });
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
    },
    firstRunSecret: async () => firstRunLink(decisions, nowMs()),
    start: async () => {
      await resumeDeliveries(delivery);
      await beginNamespaceJobs(decisions, nowMs());
      deliveries.start();
      reviews.start();
      await opened.value.begin();
      events.listen(({ type }) => {
        if (type === "proposal") deliveries.wake();
      });
      if (sample !== undefined) {
        timers.every(syncEveryMs, "the sample cluster could not follow its repository", async () => {
          const synced = await sample.sync();
          if (!synced.ok) throw new Error(synced.error.message);
        });
      }
      timers.every(signEveryMs, "the audit log could not be signed", async () => {
        const signed = await signWhenDue(decisions, signer, nowMs());
        if (!signed.ok)
          log.error({ code: signed.error.code, reason: signed.error.message }, "the audit log is not signed");
      });
      timers.every(tidyEveryMs, "old sessions could not be dropped", async () => {
        await decisions.sessions.dropExpired(nowMs());
        await state.idempotency.dropOld(nowMs());
      });
    },
    close: async () => {
      await Promise.all([deliveries.stop(jobGraceMs), reviews.stop(jobGraceMs)]);
      await judge.close();
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
