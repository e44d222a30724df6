import { deliverProposalKind, type DeliverProposal } from "../proposals/proposal-jobs.ts";
import type { DeliveryParts } from "./delivery-parts.ts";

/** Looks at a pull request and tells the proposal what became of it. Payload: {@link WatchPullRequest}. */
export const watchPullRequestKind = "watch-pull-request";
/** Merges a pull request without a person. Payload: {@link MergePullRequest}. */
export const mergePullRequestKind = "merge-pull-request";

/** By proposal; or, as a webhook knows it, by number. */
export type WatchPullRequest =
  | { readonly proposal: string }
  | { readonly repository: string; readonly pullRequest: string };

export interface MergePullRequest {
  readonly proposal: string;
}

export async function watchSoon({ place }: DeliveryParts, id: string, inMs: number): Promise<void> {
  const payload: WatchPullRequest = { proposal: id };
  const job = { kind: watchPullRequestKind, key: id, payload, runAtMs: place.nowMs() + inMs };
  await place.decisions.change(({ jobs }) => jobs.put(job));
}

export async function askForMerge({ place }: DeliveryParts, id: string): Promise<void> {
  const payload: MergePullRequest = { proposal: id };
  const job = { kind: mergePullRequestKind, key: id, payload, runAtMs: place.nowMs() };
  await place.decisions.change(({ jobs }) => jobs.put(job));
}

export async function deliverAgain({ place }: DeliveryParts, id: string): Promise<void> {
  const payload: DeliverProposal = { proposal: id, merge: false };
  const job = { kind: deliverProposalKind, key: id, payload, runAtMs: place.nowMs() };
  await place.decisions.change(({ jobs }) => jobs.put(job));
}

const page = 500;

/** After a start: whatever is approved is delivered, and whatever is open is watched, even where the job for it was lost. */
export async function resumeDeliveries(parts: DeliveryParts): Promise<void> {
  const { decisions, nowMs } = parts.place;
  const waiting = new Set((await decisions.jobs.waiting(undefined)).map(({ kind, key }) => `${kind} ${key}`));
  let after: { readonly value: number; readonly number: number } | undefined;
  for (;;) {
    const { proposals } = await decisions.proposals.list({
      within: undefined,
      states: ["approved", "pull-request-open"],
      sort: "number",
      isDescending: false,
      limit: page,
      ...(after === undefined ? {} : { after }),
    });
    for (const { id, state } of proposals) {
      const kind = state === "approved" ? deliverProposalKind : watchPullRequestKind;
      if (waiting.has(`${kind} ${id}`)) continue;
      const payload = state === "approved" ? { proposal: id, merge: false } : { proposal: id };
      await decisions.change(({ jobs }) => jobs.put({ kind, key: id, payload, runAtMs: nowMs() }));
    }
    const last = proposals.at(-1);
    if (last === undefined || proposals.length < page) return;
    after = { value: last.number, number: last.number };
  }
}
