import { hostname } from "node:os";
import { policyTexts } from "../adapters/manifests/policy-texts.ts";
import { repositoryYaml } from "../adapters/manifests/repository-yaml.ts";
import { openSyslogSender } from "../adapters/syslog-sender/syslog-sender.ts";
import type { SyslogPlace } from "../app/audit/audit-port.ts";
import type { AuditSigner } from "../app/audit/audit-signer.ts";
import { type Forwarding, forwardAudit } from "../app/audit/forward-audit.ts";
import { signWhenDue } from "../app/audit/sign-checkpoint.ts";
import { beginEnforceJobs, enforceJobs } from "../app/enforce/enforce-jobs.ts";
import type { EnforceParts } from "../app/enforce/enforce-parts.ts";
import type { AutomationOutcome } from "../app/enforce/run-automation.ts";
import { deliveryJobs } from "../app/gitops/delivery-jobs.ts";
import type { DeliveryParts } from "../app/gitops/delivery-parts.ts";
import { resumeDeliveries } from "../app/gitops/delivery-queue.ts";
import { webhookReceived } from "../app/gitops/webhook-received.ts";
import { rememberedCoverage } from "../app/history/remembered-coverage.ts";
import type { JobHandlers } from "../app/jobs/job-handler.ts";
import { JobRunner, type JobRunnerParts } from "../app/jobs/job-runner.ts";
import { beginNamespaceJobs, namespaceJobs } from "../app/namespaces/namespace-jobs.ts";
import { lawInputOf } from "../app/proposals/law-of-proposal.ts";
import type { GitHook } from "../surfaces/http/api/api-parts.ts";
import type { Log } from "../surfaces/http/log.ts";
import type { ReviewWorld } from "./review-world.ts";
import type { ReviewSurroundings } from "./serve-review.ts";

export interface WorkParts extends Omit<EnforceParts, "clusters" | "history" | "texts" | "verifyAfterMs"> {
  readonly around: ReviewSurroundings;
  readonly world: ReviewWorld;
  readonly signer: AuditSigner;
  /** To chat, and whatever else is told of decisions. */
  readonly tellers: JobHandlers;
}

/** What the server does by itself: deliver, follow, review, automate, sign, tidy. */
export interface ReviewWork {
  /** What a code host tells of its pull requests. */
  readonly gitHook: GitHook;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const tidyEveryMs = 600_000;
const syncEveryMs = 2_000;
const signEveryMs = 10_000;
const graceMs = 5_000;
const coverageHoldsMs = 15_000;
/** In the sample an hour passes in a minute. */
const sampleVerifyMs = 30_000;

export function reviewWork(parts: WorkParts): ReviewWork {
  const { around, world, place, judge, law, inRepository, automation, signer } = parts;
  const { options, state, store, events, timers, log, nowMs } = around;
  const { decisions } = place;
  const { clusters, repositories, sample } = world;
  const delivery: DeliveryParts = {
    place,
    repositories,
    yaml: repositoryYaml,
    publicUrl: options.publicUrl?.href,
    laws: async (proposal, dossier) => (await law.judge(lawInputOf(proposal, dossier, nowMs()))).verdicts,
  };
  const deliveries = new JobRunner({
    ...runningWith(around),
    handlers: { ...deliveryJobs(delivery), ...parts.tellers },
  });
  const forwarding = options.auditSyslog && forwardingOf(around, options.auditSyslog);
  // A receiver that is slow holds up nothing else.
  const forwards = new JobRunner({ ...runningWith(around), atOnce: 1, handlers: forwarding?.jobs ?? {} });
  const enforcement: EnforceParts = {
    place,
    judge,
    law,
    clusters: clusters.reader,
    inRepository,
    history: store,
    texts: policyTexts,
    automation,
    ...(sample === undefined ? {} : { verifyAfterMs: sampleVerifyMs }),
  };
  const namespaces = namespaceJobs({
    decisions,
    history: rememberedCoverage(store, nowMs, coverageHoldsMs),
    traffic: store,
    clusters: clusters.reader,
    clusterNames: clusters.names,
    judge,
    events,
    automation,
    nowMs,
  });
  // Apart, so that what takes long never keeps a decision waiting; and few at a time, so that people are not kept waiting by it either.
  const reviews = new JobRunner({
    ...runningWith(around),
    atOnce: 2,
    handlers: { ...enforceJobs(enforcement, (outcomes) => tellOutcomes(log, outcomes)), ...namespaces },
  });
  return {
    gitHook: async (repository, headers, body) => webhookReceived(delivery, repository, headers, body),
    start: async () => {
      await resumeDeliveries(delivery);
      await beginNamespaceJobs(decisions, nowMs());
      await beginEnforceJobs(decisions, nowMs());
      await forwarding?.begin();
      deliveries.start();
      if (forwarding !== undefined) forwards.start();
      reviews.start();
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
        if (signed.ok) return;
        const { code, message: reason } = signed.error;
        log.error({ code, reason }, "the audit log is not signed");
      });
      timers.every(tidyEveryMs, "old sessions could not be dropped", async () => {
        await decisions.sessions.dropExpired(nowMs());
        await state.idempotency.dropOld(nowMs());
      });
    },
    stop: async () => {
      await Promise.all([deliveries.stop(graceMs), reviews.stop(graceMs), forwards.stop(graceMs)]);
      await forwarding?.close();
    },
  };
}

function forwardingOf({ state, log, nowMs }: ReviewSurroundings, place: SyslogPlace): Forwarding {
  return forwardAudit({
    decisions: state.decisions,
    place,
    open: openSyslogSender,
    host: hostname(),
    nowMs,
    onTrouble: ({ code, message: reason }) => log.warn({ code, reason }, "the audit log is not sent"),
  });
}

function runningWith({ state, log, nowMs }: ReviewSurroundings): Omit<JobRunnerParts, "handlers"> {
  return {
    jobs: state.decisions.jobs,
    owner: `${hostname()} ${process.pid}`,
    nowMs,
    onEnd: ({ kind, key, attempt, end, because }) => {
      if (end === "done") log.debug({ job: kind, about: key, attempt }, "done");
      else log.info({ job: kind, about: key, attempt, end, because }, "a job is tried again");
    },
    onTrouble: (error) => log.error({ err: error }, "jobs cannot be read"),
  };
}

function tellOutcomes(log: Log, outcomes: readonly AutomationOutcome[]): void {
  for (const { step, cluster, namespace, because, failure } of outcomes) {
    const about = { step, cluster, namespace, because };
    if (failure !== undefined) log.warn({ ...about, code: failure.code, reason: failure.message }, "automation failed");
    else if (step === "wait") log.debug(about, "automation waits");
    else log.info(about, "automation acts");
  }
}
