import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import type { Failure } from "../../app/failure.ts";
import type {
  CodeHost,
  HostComment,
  OpenedPullRequest,
  PullRequest,
  PullRequestText,
} from "../../app/gitops/code-host.ts";
import { failureOfThrown } from "../../app/gitops/host-failure.ts";
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

const mostComments = 1_000;

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

interface Pull {
  readonly number: number;
  readonly html_url: string;
  readonly state: string;
  readonly merged_at?: string | null;
  readonly merge_commit_sha?: string | null;
  readonly updated_at: string;
  readonly head: { readonly ref: string; readonly sha: string };
  readonly base: { readonly ref: string };
  readonly merged_by?: { readonly login: string } | null;
  readonly requested_reviewers?: readonly { readonly login?: string }[] | null;
}

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

  async findPullRequest(branch: string, signal: AbortSignal): Promise<Result<PullRequest | undefined, Failure>> {
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
      const own = data.filter((pull) => pull.head.ref === branch);
      const found = own.find(({ state }) => state === "open") ?? own[0];
      return found === undefined ? undefined : pullRequestOf(found);
    });
  }

  async openPullRequest(
    branch: string,
    base: string,
    text: PullRequestText,
    signal: AbortSignal,
  ): Promise<Result<OpenedPullRequest, Failure>> {
    const found = await this.findPullRequest(branch, signal);
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
      return pullRequestOf(data);
    });
    if (opened.ok) return this.#dress(opened.value, text, signal);
    // Another replica, or this one before it was killed, was faster.
    const again = await this.findPullRequest(branch, signal);
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
      return pullRequestOf(data);
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
      const own = pullRequestOf(data);
      if (own.state !== "closed") return own;
      const { data: issue } = await this.#octokit.rest.issues.get({
        ...this.#at,
        issue_number: Number(id),
        request: { signal },
      });
      return { ...own, endedBy: issue.closed_by?.login };
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
      const add = (prefix: string, own: Said, verdict?: HostComment["verdict"]): void => {
        const atMs = Date.parse(own.submitted_at ?? own.created_at ?? "");
        const isEmpty = (own.body ?? "") === "" && verdict === undefined;
        if (isEmpty || !(atMs >= sinceMs) || found.length >= mostComments) return;
        found.push({
          id: `${prefix}${own.id}`,
          author: own.user?.login ?? "ghost",
          body: own.body ?? "",
          atMs,
          verdict,
        });
      };
      for (const own of await this.#octokit.paginate(issues.listComments, {
        ...this.#at,
        issue_number: number,
        since,
        ...page,
      }))
        add("c", own);
      for (const own of await this.#octokit.paginate(pulls.listReviewComments, {
        ...this.#at,
        pull_number: number,
        since,
        ...page,
      }))
        add("d", own);
      for (const own of await this.#octokit.paginate(pulls.listReviews, {
        ...this.#at,
        pull_number: number,
        ...page,
      })) {
        add(
          "r",
          own,
          own.state === "APPROVED" ? "approved" : own.state === "CHANGES_REQUESTED" ? "changes-requested" : undefined,
        );
      }
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
      return fail(failureOfThrown(error, doing, this.#host));
    }
  }
}

interface Said {
  readonly id: number;
  readonly body?: string | null;
  readonly created_at?: string;
  readonly submitted_at?: string;
  readonly user: { readonly login: string } | null;
}

function headMoved(result: Result<never, Failure> | Result<void, Failure>): Result<never, Failure> {
  if (result.ok) throw new Error("a success is no failure");
  const { code, message } = result.error;
  return fail({ code: code === "host_conflict" ? "host_head_moved" : code, message });
}

function pullRequestOf(pull: Pull): PullRequest {
  const isMerged = typeof pull.merged_at === "string";
  return {
    id: String(pull.number),
    url: pull.html_url,
    branch: pull.head.ref,
    base: pull.base.ref,
    state: isMerged ? "merged" : pull.state === "open" ? "open" : "closed",
    headCommit: pull.head.sha,
    // Before the merge this is a trial of the host.
    mergeCommit: isMerged ? (pull.merge_commit_sha ?? undefined) : undefined,
    updatedAtMs: Date.parse(pull.updated_at),
    endedBy: pull.merged_by?.login,
  };
}
