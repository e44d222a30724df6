import type { Octokit } from "@octokit/rest";
import { failureOfThrown } from "../../app/gitops/host-failure.ts";
import { quoted } from "../../core/quoted.ts";

interface Place {
  readonly octokit: Octokit;
  readonly at: { readonly owner: string; readonly repo: string };
  readonly number: number;
  readonly host: string;
  readonly signal: AbortSignal;
}

const colour = "0e8a16";

/** Makes labels that the repository does not have. @returns what could not be done */
export async function setLabels(
  { octokit, at, number, host, signal }: Place,
  labels: readonly string[],
): Promise<readonly string[]> {
  const remarks: string[] = [];
  if (labels.length === 0) return remarks;
  const request = { signal };
  for (const name of labels) {
    try {
      await octokit.rest.issues.getLabel({ ...at, name, request });
    } catch {
      // Two at a time: whoever comes second finds it there.
      await octokit.rest.issues.createLabel({ ...at, name, color: colour, request }).catch(() => undefined);
    }
  }
  try {
    await octokit.rest.issues.addLabels({ ...at, issue_number: number, labels: [...labels], request });
  } catch (error) {
    remarks.push(failureOfThrown(error, "set labels", host).message);
  }
  return remarks;
}

/** Asks whoever was not asked and did not review yet; one unknown name does not keep the others from being asked. */
export async function askReviewers(place: Place, wanted: readonly string[]): Promise<readonly string[]> {
  if (wanted.length === 0) return [];
  const { octokit, at, number, signal } = place;
  const known = new Set<string>();
  try {
    const pull = { ...at, pull_number: number, request: { signal } };
    const { data } = await octokit.rest.pulls.listRequestedReviewers(pull);
    for (const { login } of data.users) known.add(login.toLowerCase());
    for (const { slug } of data.teams) known.add(`${at.owner}/${slug}`.toLowerCase());
    for (const { user } of (await octokit.rest.pulls.listReviews({ ...pull, per_page: 100 })).data) {
      if (user !== null) known.add(user.login.toLowerCase());
    }
  } catch (error) {
    return [failureOfThrown(error, "read reviewers", place.host).message];
  }
  const missing = wanted.filter((name) => !known.has(name.toLowerCase()));
  if (missing.length === 0 || (await ask(place, missing)) === undefined) return [];
  if (missing.length === 1) return [`${quoted(missing[0])} cannot be asked to review`];
  const remarks: string[] = [];
  for (const name of missing) {
    if ((await ask(place, [name])) !== undefined) remarks.push(`${quoted(name)} cannot be asked to review`);
  }
  return remarks;
}

/** @returns why not; undefined when it was done */
async function ask(
  { octokit, at, number, host, signal }: Place,
  names: readonly string[],
): Promise<string | undefined> {
  const team_reviewers = names.flatMap((name) => (name.includes("/") ? name.slice(name.indexOf("/") + 1) : []));
  const reviewers = names.filter((name) => !name.includes("/"));
  try {
    await octokit.rest.pulls.requestReviewers({
      ...at,
      pull_number: number,
      reviewers,
      team_reviewers,
      request: { signal },
    });
    return undefined;
  } catch (error) {
    return failureOfThrown(error, "ask for reviews", host).message;
  }
}
