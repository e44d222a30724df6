import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
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
import { failureOfThrown } from "../../app/gitops/host-failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { askReviewers, setLabels } from "./github-people.ts";

export interface GithubSettings {
  readonly owner: string;
  readonly repo: string;
  /** `https://api.github.com`, or `https://github.example.com/api/v3`. */
  readonly api: string;
  readonly auth:
    | { readonly kind: "token"; readonly token: () => Promise<string> }
    | { readonly kind: "app"; readonly appId: string; readonly installationId: string; readonly privateKey: string };
}

/** Of comments, a hundred each. */
const mostPages = 20;

export interface GithubAccess {
  readonly host: CodeHost;
  /** For Git over https, as user `x-access-token`. */
  readonly gitToken: () => Promise<string>;
}

export function githubHost(settings: GithubSettings, fetchHost: typeof fetch): GithubAccess {
  const { owner, repo, api, auth } = settings;
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const octokit = new Octokit({
    baseUrl: api.replace(/\/+$/, ""),
    userAgent: "postern",
    log: quiet,
    request: { fetch: fetchHost },
    ...(auth.kind === "app"
      ? {
          authStrategy: createAppAuth,
          auth: { appId: auth.appId, installationId: Number(auth.installationId), privateKey: auth.privateKey },
        }
      : {}),
  });
  if (auth.kind === "token") {
    octokit.hook.before("request", async (options) => {
      options.headers.authorization = `Bearer ${await auth.token()}`;
    });
  }
  const gitToken = async (): Promise<string> => {
    if (auth.kind === "token") return auth.token();
    const { token } = (await octokit.auth({ type: "installation" })) as { readonly token: string };
    return token;
  };
  return { host: new GithubHost(octokit, { owner, repo }, new URL(api).host), gitToken };
}

const login = z.object({ login: z.string() }).nullish();
/** Null: the fork is gone. */
const repository = z.object({ id: z.number() }).nullish();
const pull = z.object({
  number: z.number(),
  html_url: z.string(),
  state: z.string(),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  updated_at: z.string(),
  head: z.object({ ref: z.string(), sha: z.string(), repo: repository }),
  base: z.object({ ref: z.string(), repo: repository }),
  merged_by: login,
});
const listedPulls = z.array(pull);
const ended = z.object({ closed_by: login });
const said = z.object({
  id: z.number(),
  body: z.string().nullish(),
  created_at: z.string().optional(),
  submitted_at: z.string().optional(),
  state: z.string().optional(),
  user: login,
});
const verdicts: Readonly<Record<string, HostComment["verdict"]>> = {
  APPROVED: "approved",
  CHANGES_REQUESTED: "changes-requested",
};

class GithubHost implements CodeHost {
  readonly kind = "github";
  readonly mostBodyCharacters = 65_536;
  readonly #octokit: Octokit;
  readonly #at: { readonly owner: string; readonly repo: string };
  readonly #host: string;

  constructor(octokit: Octokit, at: { readonly owner: string; readonly repo: string }, host: string) {
    this.#octokit = octokit;
    this.#at = at;
    this.#host = host;
  }

  async findPullRequest(
    branch: string,
    base: string,
    signal: AbortSignal,
  ): Promise<Result<PullRequest | undefined, Failure>> {
    return this.#ask("look for the pull request", async () => {
      const head = `${this.#at.owner}:${branch}`;
      const { data } = await this.#octokit.rest.pulls.list({
        ...this.#at,
        head,
        state: "all",
        sort: "created",
        direction: "desc",
        per_page: 100,
        request: { signal },
      });
      const own = listedPulls
        .parse(data)
        .filter(({ head: from, base: to }) => from.ref === branch && from.repo?.id === to.repo?.id);
      return ownPullRequest(own.map(pullRequestOf), base);
    });
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
    const opened = await this.#ask("open the pull request", async () => {
      const { data } = await this.#octokit.rest.pulls.create({
        ...this.#at,
        head: branch,
        base,
        title,
        body,
        request: { signal },
      });
      return pullRequestOf(pull.parse(data));
    });
    if (opened.ok) return this.#dress(opened.value, text, signal);
    // Another replica, or this one before it was killed, was faster.
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
    const updated = await this.#ask("update the pull request", async () => {
      const { data } = await this.#octokit.rest.pulls.update({
        ...this.#at,
        pull_number: Number(id),
        title,
        body,
        request: { signal },
      });
      return pullRequestOf(pull.parse(data));
    });
    return updated.ok ? this.#dress(updated.value, text, signal) : updated;
  }

  async pullRequest(id: string, signal: AbortSignal): Promise<Result<PullRequest | undefined, Failure>> {
    const found = await this.#ask("look at the pull request", async () => {
      const { data } = await this.#octokit.rest.pulls.get({
        ...this.#at,
        pull_number: Number(id),
        request: { signal },
      });
      const own = pullRequestOf(pull.parse(data));
      if (own.state !== "closed") return own;
      const { data: issue } = await this.#octokit.rest.issues.get({
        ...this.#at,
        issue_number: Number(id),
        request: { signal },
      });
      return { ...own, endedBy: ended.parse(issue).closed_by?.login };
    });
    return !found.ok && found.error.code === "host_not_found" ? ok(undefined) : found;
  }

  async comments(id: string, sinceMs: number, signal: AbortSignal): Promise<Result<readonly HostComment[], Failure>> {
    return this.#ask("read the comments", async () => {
      const since = new Date(sinceMs).toISOString();
      const page = { per_page: 100, request: { signal } };
      const number = Number(id);
      const { issues, pulls } = this.#octokit.rest;
      const found: HostComment[] = [];
      const add = (prefix: string, data: unknown): void => {
        const own = said.parse(data);
        const verdict = own.state === undefined ? undefined : verdicts[own.state];
        const atMs = Date.parse(own.submitted_at ?? own.created_at ?? "");
        const isEmpty = (own.body ?? "") === "" && verdict === undefined;
        if (isEmpty || !(atMs >= sinceMs)) return;
        found.push({
          id: `${prefix}${own.id}`,
          author: own.user?.login ?? "ghost",
          body: own.body ?? "",
          atMs,
          verdict,
        });
      };
      const addAll = async (
        prefix: string,
        listed: AsyncIterable<{ readonly data: readonly unknown[] }>,
      ): Promise<void> => {
        // However many pages a host says there are.
        let turn = 0;
        for await (const { data } of listed) {
          for (const one of data) add(prefix, one);
          turn += 1;
          if (turn >= mostPages) break;
        }
      };
      const { iterator } = this.#octokit.paginate;
      const pulled = { ...this.#at, pull_number: number, ...page };
      await addAll("c", iterator(issues.listComments, { ...this.#at, issue_number: number, since, ...page }));
      await addAll("d", iterator(pulls.listReviewComments, { ...pulled, since }));
      await addAll("r", iterator(pulls.listReviews, pulled));
      return found.toSorted((a, b) => a.atMs - b.atMs);
    });
  }

  async comment(id: string, body: string, signal: AbortSignal): Promise<Result<void, Failure>> {
    return this.#ask("comment", async () => {
      await this.#octokit.rest.issues.createComment({
        ...this.#at,
        issue_number: Number(id),
        body,
        request: { signal },
      });
    });
  }

  async merge(id: string, headCommit: string, signal: AbortSignal): Promise<Result<PullRequest, Failure>> {
    for (const method of ["merge", "squash", "rebase"] as const) {
      const merged = await this.#ask("merge", async () => {
        const at = { ...this.#at, pull_number: Number(id), request: { signal } };
        await this.#octokit.rest.pulls.merge({ ...at, sha: headCommit, merge_method: method });
      });
      if (merged.ok) break;
      const isMethod =
        merged.error.code === "host_not_mergeable" && /not allowed|merge method/i.test(merged.error.message);
      if (!isMethod || method === "rebase") return headMoved(merged);
    }
    const now = await this.pullRequest(id, signal);
    if (!now.ok) return now;
    return now.value === undefined
      ? fail({ code: "host_not_found", message: `pull request ${id} is gone` })
      : ok(now.value);
  }

  async close(id: string, signal: AbortSignal): Promise<Result<void, Failure>> {
    return this.#ask("close the pull request", async () => {
      await this.#octokit.rest.pulls.update({
        ...this.#at,
        pull_number: Number(id),
        state: "closed",
        request: { signal },
      });
    });
  }

  /** Labels and reviewers: what the host will not do is told, and no failure. */
  async #dress(
    own: PullRequest,
    text: PullRequestText,
    signal: AbortSignal,
  ): Promise<Result<OpenedPullRequest, Failure>> {
    const place = { octokit: this.#octokit, at: this.#at, number: Number(own.id), host: this.#host, signal };
    const remarks = [...(await setLabels(place, text.labels)), ...(await askReviewers(place, text.reviewers))];
    return ok({ ...own, remarks });
  }

  async #ask<T>(doing: string, work: () => Promise<T>): Promise<Result<T, Failure>> {
    try {
      return ok(await work());
    } catch (error) {
      // What the library cannot read ends in a type error of its own.
      if (error instanceof z.ZodError || error instanceof TypeError) {
        return fail({
          code: "host_odd_answer",
          message: `${quoted(this.#host)} answers in a form that is not GitHub's, to ${doing}`,
        });
      }
      return fail(failureOfThrown(error, doing, this.#host));
    }
  }
}

function headMoved(result: Result<never, Failure> | Result<void, Failure>): Result<never, Failure> {
  if (result.ok) throw new Error("a success is no failure");
  const { code, message } = result.error;
  return fail({ code: code === "host_conflict" ? "host_head_moved" : code, message });
}

function pullRequestOf(own: z.infer<typeof pull>): PullRequest {
  const isMerged = typeof own.merged_at === "string";
  return {
    id: String(own.number),
    url: own.html_url,
    branch: own.head.ref,
    base: own.base.ref,
    state: isMerged ? "merged" : own.state === "open" ? "open" : "closed",
    headCommit: own.head.sha,
    // Before the merge this is a trial of the host.
    mergeCommit: isMerged ? (own.merge_commit_sha ?? undefined) : undefined,
    updatedAtMs: Date.parse(own.updated_at),
    endedBy: own.merged_by?.login,
  };
}
