import { MergeRequestNotes, MergeRequests, Users } from "@gitbeaker/rest";
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
import { requesterWith } from "./requester.ts";

export interface GitlabSettings {
  /** `group/subgroup/project`. */
  readonly project: string;
  /** `https://gitlab.example.com`. */
  readonly host: string;
  readonly token: () => Promise<string>;
}

const person = z.object({ username: z.string() }).nullish();
const mergeRequest = z.object({
  iid: z.number(),
  web_url: z.string().optional(),
  state: z.string(),
  source_branch: z.string(),
  target_branch: z.string(),
  source_project_id: z.number().nullish(),
  target_project_id: z.number().nullish(),
  sha: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  squash_commit_sha: z.string().nullish(),
  updated_at: z.string(),
  merge_user: person,
  merged_by: person,
  closed_by: person,
  reviewers: z.array(z.object({ id: z.number(), username: z.string() })).nullish(),
});
const mergeRequests = z.array(mergeRequest);
const notes = z.array(
  z.object({
    id: z.number(),
    body: z.string(),
    created_at: z.string(),
    system: z.boolean().default(false),
    author: person,
  }),
);
const users = z.array(z.object({ id: z.number(), username: z.string() }));

/** What GitLab notes of its own when somebody reviews. */
const verdicts: readonly (readonly [RegExp, NonNullable<HostComment["verdict"]>])[] = [
  [/^approved this merge request/, "approved"],
  [/^requested changes/, "changes-requested"],
];
const mostPages = 10;

export function gitlabHost(settings: GitlabSettings, fetchHost: typeof fetch): CodeHost {
  return new GitlabHost(settings, fetchHost);
}

class GitlabHost implements CodeHost {
  readonly kind = "gitlab";
  /** GitLab takes a million; more than this nobody reads. */
  readonly mostBodyCharacters = 200_000;
  readonly #settings: GitlabSettings;
  readonly #fetch: typeof fetch;

  constructor(settings: GitlabSettings, fetchHost: typeof fetch) {
    this.#settings = settings;
    this.#fetch = fetchHost;
  }

  async findPullRequest(
    branch: string,
    base: string,
    signal: AbortSignal,
  ): Promise<Result<PullRequest | undefined, Failure>> {
    return this.#ask("look for the merge request", signal, async ({ requests }) => {
      const listed = await requests.all({
        projectId: this.#settings.project,
        sourceBranch: branch,
        scope: "all",
        orderBy: "created_at",
        sort: "desc",
        perPage: 100,
        maxPages: 5,
      });
      const own = mergeRequests
        .parse(listed)
        .filter((one) => one.source_branch === branch && one.source_project_id === one.target_project_id);
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
    const opened = await this.#ask("open the merge request", signal, async ({ requests }) => {
      const { body: description, labels } = text;
      const made = await requests.create(this.#settings.project, branch, base, text.title, {
        description,
        labels: labels.join(","),
        removeSourceBranch: true,
      });
      return mergeRequest.parse(made);
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
    const updated = await this.#ask("update the merge request", signal, async ({ requests }) => {
      const { title, body: description, labels } = text;
      const edited = await requests.edit(this.#settings.project, Number(id), {
        title,
        description,
        addLabels: labels.join(","),
      });
      return mergeRequest.parse(edited);
    });
    return updated.ok ? this.#dress(updated.value, text, signal) : updated;
  }

  async pullRequest(id: string, signal: AbortSignal): Promise<Result<PullRequest | undefined, Failure>> {
    const found = await this.#ask("look at the merge request", signal, async ({ requests }) =>
      pullRequestOf(mergeRequest.parse(await requests.show(this.#settings.project, Number(id)))),
    );
    return !found.ok && found.error.code === "host_not_found" ? ok(undefined) : found;
  }

  async comments(id: string, sinceMs: number, signal: AbortSignal): Promise<Result<readonly HostComment[], Failure>> {
    return this.#ask("read the comments", signal, async ({ notes: book }) => {
      const options = { sort: "asc", orderBy: "created_at", perPage: 100, maxPages: mostPages } as const;
      const listed = notes.parse(await book.all(this.#settings.project, Number(id), options));
      return listed.flatMap((note): HostComment[] => {
        const verdict = note.system ? verdicts.find(([words]) => words.test(note.body))?.[1] : undefined;
        const atMs = Date.parse(note.created_at);
        if (atMs < sinceMs || (note.system && verdict === undefined)) return [];
        const body = note.system ? "" : note.body;
        return [{ id: `n${note.id}`, author: note.author?.username ?? "ghost", body, atMs, verdict }];
      });
    });
  }

  async comment(id: string, body: string, signal: AbortSignal): Promise<Result<void, Failure>> {
    return this.#ask("comment", signal, async ({ notes: book }) => {
      await book.create(this.#settings.project, Number(id), body);
    });
  }

  async merge(id: string, headCommit: string, signal: AbortSignal): Promise<Result<PullRequest, Failure>> {
    const merged = await this.#ask("merge", signal, async ({ requests }) =>
      pullRequestOf(mergeRequest.parse(await requests.merge(this.#settings.project, Number(id), { sha: headCommit }))),
    );
    if (merged.ok) return merged;
    const { code, message } = merged.error;
    return fail({ code: code === "host_conflict" ? "host_head_moved" : code, message });
  }

  async close(id: string, signal: AbortSignal): Promise<Result<void, Failure>> {
    return this.#ask("close the merge request", signal, async ({ requests }) => {
      await requests.edit(this.#settings.project, Number(id), { stateEvent: "close" });
    });
  }

  /** Reviewers are known by number there; groups cannot be asked. */
  async #dress(
    own: z.infer<typeof mergeRequest>,
    text: PullRequestText,
    signal: AbortSignal,
  ): Promise<Result<OpenedPullRequest, Failure>> {
    const remarks: string[] = [];
    const now = own.reviewers ?? [];
    const known = new Set(now.map(({ username }) => username.toLowerCase()));
    const ids = now.map(({ id }) => id);
    for (const name of text.reviewers.filter((one) => !known.has(one.toLowerCase()))) {
      const found = name.includes("/")
        ? ok(undefined)
        : await this.#ask(
            "look for a reviewer",
            signal,
            async ({ people }) => users.parse(await people.all({ username: name }))[0],
          );
      if (!found.ok || found.value === undefined) remarks.push(`${quoted(name)} cannot be asked to review`);
      else ids.push(found.value.id);
    }
    if (ids.length > now.length) {
      const asked = await this.#ask("ask for reviews", signal, async ({ requests }) => {
        await requests.edit(this.#settings.project, own.iid, { reviewerIds: ids });
      });
      if (!asked.ok) remarks.push(asked.error.message);
    }
    return ok({ ...pullRequestOf(own), remarks });
  }

  async #ask<T>(
    doing: string,
    signal: AbortSignal,
    work: (api: {
      readonly requests: MergeRequests;
      readonly notes: MergeRequestNotes;
      readonly people: Users;
    }) => Promise<T>,
  ): Promise<Result<T, Failure>> {
    const { host, token } = this.#settings;
    const options = {
      host: host.replace(/\/+$/, ""),
      token,
      requesterFn: requesterWith(this.#fetch, signal),
      queryTimeout: null,
    };
    try {
      return ok(
        await work({
          requests: new MergeRequests(options),
          notes: new MergeRequestNotes(options),
          people: new Users(options),
        }),
      );
    } catch (error) {
      if (error instanceof z.ZodError || error instanceof SyntaxError) {
        return fail({
          code: "host_odd_answer",
          message: `${quoted(new URL(host).host)} answers in a form that is not GitLab's, to ${doing}`,
        });
      }
      return fail(failureOfThrown(error, doing, new URL(host).host));
    }
  }
}

function pullRequestOf(own: z.infer<typeof mergeRequest>): PullRequest {
  const state =
    own.state === "merged" ? "merged" : own.state === "opened" || own.state === "locked" ? "open" : "closed";
  return {
    id: String(own.iid),
    url: own.web_url,
    branch: own.source_branch,
    base: own.target_branch,
    state,
    headCommit: own.sha ?? undefined,
    mergeCommit:
      state === "merged" ? (own.merge_commit_sha ?? own.squash_commit_sha ?? own.sha ?? undefined) : undefined,
    updatedAtMs: Date.parse(own.updated_at),
    endedBy: (own.merge_user ?? own.merged_by ?? own.closed_by)?.username,
  };
}
