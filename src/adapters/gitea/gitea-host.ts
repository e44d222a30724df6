import { z } from "zod";
import type { Failure } from "../../app/failure.ts";
import {
  type CodeHost,
  type HostComment,
  type OpenedPullRequest,
  ownPullRequest,
  type PullRequest,
  type PullRequestText,
} from "../../app/gitops/code-host.ts";
import { failureOfThrown, hostFailure, wordsOf } from "../../app/gitops/host-failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";

export interface GiteaSettings {
  readonly owner: string;
  readonly repo: string;
  /** `https://git.example.com/api/v1`. */
  readonly api: string;
  readonly token: () => Promise<string>;
}

const user = z.object({ login: z.string() }).nullish();
const pull = z.object({
  number: z.number(),
  html_url: z.string().optional(),
  state: z.string(),
  merged: z.boolean().default(false),
  merge_commit_sha: z.string().nullish(),
  merged_by: user,
  closed_by: user,
  updated_at: z.string(),
  head: z.object({ ref: z.string(), label: z.string().optional(), sha: z.string(), repo_id: z.number().optional() }),
  base: z.object({ ref: z.string(), repo_id: z.number().optional() }),
  requested_reviewers: z.array(z.object({ login: z.string() }).nullable()).nullish(),
});
const pulls = z.array(pull);
const comments = z.array(z.object({ id: z.number(), body: z.string().default(""), created_at: z.string(), user }));
const reviews = z.array(
  z.object({ id: z.number(), body: z.string().default(""), state: z.string(), submitted_at: z.string(), user }),
);
const labels = z.array(z.object({ id: z.number(), name: z.string() }));
const label = z.object({ id: z.number() });

const pageSize = 50;
const mostPages = 20;
const verdicts: Readonly<Record<string, HostComment["verdict"]>> = {
  APPROVED: "approved",
  REQUEST_CHANGES: "changes-requested",
};

type Ask = <T>(
  doing: string,
  method: string,
  path: string,
  shape: z.ZodType<T>,
  signal: AbortSignal,
  body?: object,
) => Promise<Result<T, Failure>>;

export function giteaHost({ owner, repo, api, token }: GiteaSettings, fetchHost: typeof fetch): CodeHost {
  const root = `${api.replace(/\/+$/, "")}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;
  const { host } = new URL(api);
  const ask: Ask = async (doing, method, path, shape, signal, body) => {
    try {
      const answer = await fetchHost(`${root}${path}`, {
        method,
        signal,
        headers: {
          accept: "application/json",
          authorization: `token ${await token()}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (answer.status >= 300) return fail(hostFailure(answer.status, saidIn(text), doing, host));
      const read = shape.safeParse(text === "" ? undefined : JSON.parse(text));
      if (read.success) return ok(read.data);
      return fail({
        code: "host_odd_answer",
        message: `${quoted(host)} answers in a form that is not Gitea's, to ${doing}`,
      });
    } catch (error) {
      if (error instanceof SyntaxError)
        return fail({ code: "host_odd_answer", message: `${quoted(host)} answers no JSON, to ${doing}` });
      return fail(failureOfThrown(error, doing, host));
    }
  };
  return new GiteaHost(ask);
}

function saidIn(text: string): string {
  try {
    return wordsOf(JSON.parse(text));
  } catch {
    return text;
  }
}

class GiteaHost implements CodeHost {
  readonly kind = "gitea";
  readonly mostBodyCharacters = 65_000;
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async findPullRequest(
    branch: string,
    base: string,
    signal: AbortSignal,
  ): Promise<Result<PullRequest | undefined, Failure>> {
    const own: PullRequest[] = [];
    for (let page = 1; page <= mostPages; page += 1) {
      const path = `/pulls?state=all&sort=recentupdate&limit=${pageSize}&page=${page}`;
      const found = await this.#ask("look for the pull request", "GET", path, pulls, signal);
      if (!found.ok) return found;
      const mine = found.value.filter(({ head, base: to }) => head.repo_id === to.repo_id);
      own.push(...mine.map(pullRequestOf).filter((one) => one.branch === branch));
      if (own.some((one) => one.state === "open" && one.base === base)) break;
      // Hosts may give fewer a page than they are asked for.
      if (found.value.length === 0) break;
    }
    return ok(ownPullRequest(own, base));
  }

  async openPullRequest(
    branch: string,
    base: string,
    text: PullRequestText,
    signal: AbortSignal,
  ): Promise<Result<OpenedPullRequest, Failure>> {
    const found = await this.findPullRequest(branch, base, signal);
    if (!found.ok) return found;
    if (found.value !== undefined) return this.#bringUpToDate(found.value, text, signal);
    const { title, body } = text;
    const opened = await this.#ask("open the pull request", "POST", "/pulls", pull, signal, {
      head: branch,
      base,
      title,
      body,
    });
    if (opened.ok) return this.#dress(opened.value, text, signal);
    const again = await this.findPullRequest(branch, base, signal);
    return again.ok && again.value !== undefined ? this.#bringUpToDate(again.value, text, signal) : opened;
  }

  async #bringUpToDate(
    found: PullRequest,
    text: PullRequestText,
    signal: AbortSignal,
  ): Promise<Result<OpenedPullRequest, Failure>> {
    return found.state === "open" ? this.updatePullRequest(found.id, text, signal) : ok({ ...found, remarks: [] });
  }

  async updatePullRequest(
    id: string,
    text: PullRequestText,
    signal: AbortSignal,
  ): Promise<Result<OpenedPullRequest, Failure>> {
    const { title, body } = text;
    const updated = await this.#ask("update the pull request", "PATCH", `/pulls/${Number(id)}`, pull, signal, {
      title,
      body,
    });
    return updated.ok ? this.#dress(updated.value, text, signal) : updated;
  }

  async pullRequest(id: string, signal: AbortSignal): Promise<Result<PullRequest | undefined, Failure>> {
    const found = await this.#ask("look at the pull request", "GET", `/pulls/${Number(id)}`, pull, signal);
    if (found.ok) return ok(pullRequestOf(found.value));
    return found.error.code === "host_not_found" ? ok(undefined) : found;
  }

  async comments(id: string, sinceMs: number, signal: AbortSignal): Promise<Result<readonly HostComment[], Failure>> {
    const number = Number(id);
    const since = encodeURIComponent(new Date(sinceMs).toISOString());
    const said = await this.#ask(
      "read the comments",
      "GET",
      `/issues/${number}/comments?since=${since}`,
      comments,
      signal,
    );
    if (!said.ok) return said;
    const found: HostComment[] = said.value.map((own) =>
      commentOf("c", own.id, own.user, own.body, own.created_at, undefined),
    );
    for (let page = 1; page <= mostPages; page += 1) {
      const path = `/pulls/${number}/reviews?limit=${pageSize}&page=${page}`;
      const reviewed = await this.#ask("read the reviews", "GET", path, reviews, signal);
      if (!reviewed.ok) return reviewed;
      if (reviewed.value.length === 0) break;
      for (const own of reviewed.value) {
        const verdict = verdicts[own.state];
        if (verdict !== undefined || own.body !== "")
          found.push(commentOf("r", own.id, own.user, own.body, own.submitted_at, verdict));
      }
    }
    return ok(found.filter(({ atMs }) => atMs >= sinceMs).toSorted((a, b) => a.atMs - b.atMs));
  }

  async comment(id: string, body: string, signal: AbortSignal): Promise<Result<void, Failure>> {
    const done = await this.#ask("comment", "POST", `/issues/${Number(id)}/comments`, z.unknown(), signal, { body });
    return done.ok ? ok(undefined) : done;
  }

  async merge(id: string, headCommit: string, signal: AbortSignal): Promise<Result<PullRequest, Failure>> {
    const path = `/pulls/${Number(id)}/merge`;
    for (const style of ["merge", "squash", "rebase"] as const) {
      const merged = await this.#ask("merge", "POST", path, z.unknown(), signal, {
        Do: style,
        head_commit_id: headCommit,
      });
      if (merged.ok) break;
      const { code, message } = merged.error;
      const isStyle = code === "host_not_mergeable" && /merge style/i.test(message);
      if (isStyle && style !== "rebase") continue;
      return fail({ code: code === "host_conflict" ? "host_head_moved" : code, message });
    }
    const now = await this.pullRequest(id, signal);
    if (!now.ok) return now;
    return now.value === undefined
      ? fail({ code: "host_not_found", message: `pull request ${id} is gone` })
      : ok(now.value);
  }

  async close(id: string, signal: AbortSignal): Promise<Result<void, Failure>> {
    const closed = await this.#ask("close the pull request", "PATCH", `/pulls/${Number(id)}`, z.unknown(), signal, {
      state: "closed",
    });
    return closed.ok ? ok(undefined) : closed;
  }

  async #dress(
    own: z.infer<typeof pull>,
    text: PullRequestText,
    signal: AbortSignal,
  ): Promise<Result<OpenedPullRequest, Failure>> {
    const remarks = [
      ...(await this.#setLabels(own.number, text.labels, signal)),
      ...(await this.#askReviewers(own, text.reviewers, signal)),
    ];
    return ok({ ...pullRequestOf(own), remarks });
  }

  async #setLabels(number: number, wanted: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    if (wanted.length === 0) return [];
    const known = new Map<string, number>();
    for (let page = 1; page <= mostPages; page += 1) {
      const listed = await this.#ask("read labels", "GET", `/labels?limit=${pageSize}&page=${page}`, labels, signal);
      if (!listed.ok) return [listed.error.message];
      if (listed.value.length === 0) break;
      for (const { id, name } of listed.value) known.set(name, id);
    }
    const remarks: string[] = [];
    for (const name of wanted.filter((one) => !known.has(one))) {
      const made = await this.#ask(`make the label ${quoted(name)}`, "POST", "/labels", label, signal, {
        name,
        color: "#0e8a16",
      });
      if (made.ok) known.set(name, made.value.id);
      else remarks.push(made.error.message);
    }
    const ids = wanted.flatMap((name) => known.get(name) ?? []);
    const set = await this.#ask("set labels", "POST", `/issues/${number}/labels`, z.unknown(), signal, { labels: ids });
    return set.ok ? remarks : [...remarks, set.error.message];
  }

  async #askReviewers(
    own: z.infer<typeof pull>,
    wanted: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    if (wanted.length === 0) return [];
    const asked = new Set((own.requested_reviewers ?? []).map((one) => one?.login.toLowerCase()));
    const reviewed = await this.#ask("read the reviews", "GET", `/pulls/${own.number}/reviews`, reviews, signal);
    if (reviewed.ok) for (const { user: by } of reviewed.value) asked.add(by?.login.toLowerCase());
    const remarks: string[] = [];
    // One at a time: one unknown name would keep the others from being asked.
    for (const name of wanted.filter((one) => !asked.has(one.toLowerCase()))) {
      const slash = name.indexOf("/");
      const body = slash < 0 ? { reviewers: [name] } : { team_reviewers: [name.slice(slash + 1)] };
      const done = await this.#ask(
        "ask for reviews",
        "POST",
        `/pulls/${own.number}/requested_reviewers`,
        z.unknown(),
        signal,
        body,
      );
      if (!done.ok) remarks.push(`${quoted(name)} cannot be asked to review`);
    }
    return remarks;
  }
}

function commentOf(
  prefix: string,
  id: number,
  by: { readonly login: string } | null | undefined,
  body: string,
  at: string,
  verdict: HostComment["verdict"],
): HostComment {
  return { id: `${prefix}${id}`, author: by?.login ?? "ghost", body, atMs: Date.parse(at), verdict };
}

function pullRequestOf(own: z.infer<typeof pull>): PullRequest {
  return {
    id: String(own.number),
    url: own.html_url,
    // Of a branch that is gone the reference is the host's own.
    branch: own.head.ref.startsWith("refs/pull/") ? (own.head.label ?? own.head.ref) : own.head.ref,
    base: own.base.ref,
    state: own.merged ? "merged" : own.state === "open" ? "open" : "closed",
    headCommit: own.head.sha,
    mergeCommit: own.merged ? (own.merge_commit_sha ?? undefined) : undefined,
    updatedAtMs: Date.parse(own.updated_at),
    endedBy: own.merged_by?.login ?? own.closed_by?.login,
  };
}
