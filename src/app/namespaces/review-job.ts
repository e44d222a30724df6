import { z } from "zod";
import { personOf, postern } from "../access/principal.ts";
import type { Failure } from "../failure.ts";
import type { JobEnd, JobHandler } from "../jobs/job-handler.ts";
import type { NamespaceReview } from "../judge/judge.ts";
import type { Books } from "../state/books.ts";
import { namespaceRef, type NamespaceRef } from "../wire/list.ts";
import type { NamespaceJobParts } from "./namespace-job-parts.ts";

export const reviewKind = "review-namespace";
export const reviewPayload: typeof namespaceRef = namespaceRef;

const hourMs = 3_600_000;
/** Again later, and not after ever longer pauses: what stands in the way is not the namespace. */
const soonMs = 30_000;
/** What is too much now is too much in a minute. */
const muchLaterMs = hourMs;
const tooMuch: ReadonlySet<string> = new Set(["judge_too_large", "judge_too_long", "history_too_much"]);

/** Looks at one namespace, and writes down what there is to say. Done twice it writes the same. */
export function reviewJob(parts: NamespaceJobParts): JobHandler {
  return async ({ payload }, signal) => {
    const where = z.parse(reviewPayload, payload);
    const review = await parts.judge.review(where, signal);
    if (!review.ok) return later(review.error);
    const atMs = parts.nowMs();
    await parts.decisions.change((books) => writeReview(books, where, review.value, atMs));
    parts.events.tell({ type: "namespace", ...where }, where);
    return { end: "done" };
  };
}

function later({ code, message }: Failure): JobEnd {
  return { end: "again", inMs: tooMuch.has(code) ? muchLaterMs : soonMs, because: message };
}

async function writeReview(books: Books, where: NamespaceRef, review: NamespaceReview, atMs: number): Promise<void> {
  const { coverage, exposure, readinessDay, evidenceDigest, findings } = review;
  const before = await books.namespaces.get(where);
  await books.namespaces.set(where, {
    coverage,
    exposure,
    readinessDay,
    evidenceDigest,
    findings: findings.length,
    learnedAtMs: atMs,
  });
  await books.namespaces.setFindings(where, findings);
  if (!isTold(before?.evidenceDigest, before?.learnedAtMs, evidenceDigest, atMs)) return;
  const { cluster, namespace } = where;
  await books.audit.append([
    {
      atMs,
      kind: "observation.digest",
      subject: `namespace/${cluster}/${namespace}`,
      actor: personOf(postern),
      payload: { cluster, namespace, digest: evidenceDigest, coverage, findings: findings.length },
    },
  ]);
}

/** Traffic changes all the time: once an hour it is told by what. Proposals name what they rest on besides. */
function isTold(known: string | undefined, knownAtMs: number | undefined, digest: string, atMs: number): boolean {
  if (known === digest) return false;
  return knownAtMs === undefined || Math.floor(knownAtMs / hourMs) !== Math.floor(atMs / hourMs);
}
