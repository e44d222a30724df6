import { z } from "zod";
import type { JobHandlers } from "../jobs/job-handler.ts";
import { closePullRequestKind, deliverProposalKind } from "../proposals/proposal-jobs.ts";
import { deliverApproved } from "./deliver-approved.ts";
import type { DeliveryParts } from "./delivery-parts.ts";
import { mergePullRequestKind, watchPullRequestKind } from "./delivery-queue.ts";
import { closePullRequest, mergePullRequest } from "./end-pull-request.ts";
import { watchPullRequest } from "./watch.ts";

const proposal = z.string().max(100);
const deliver = z.object({ proposal, merge: z.boolean().default(false) });
const close = z.object({ proposal, why: z.string().default("") });
const merge = z.object({ proposal });
const watch = z.union([z.object({ proposal }), z.object({ repository: z.string(), pullRequest: z.string() })]);

/** Handlers by kind of job. Each is safe to run again from its beginning, wherever it was stopped. */
export function deliveryJobs(parts: DeliveryParts): JobHandlers {
  return {
    [deliverProposalKind]: ({ payload, attempt }, signal) =>
      deliverApproved(parts, deliver.parse(payload), attempt, signal),
    [closePullRequestKind]: ({ payload, attempt }, signal) =>
      closePullRequest(parts, close.parse(payload), attempt, signal),
    [mergePullRequestKind]: ({ payload, attempt }, signal) =>
      mergePullRequest(parts, merge.parse(payload), attempt, signal),
    [watchPullRequestKind]: ({ payload, attempt }, signal) =>
      watchPullRequest(parts, watch.parse(payload), attempt, signal),
  };
}
