import {
  type Answered,
  type Asked,
  type HostDouble,
  type HostModel,
  type KeptRequest,
  pageOf,
  startDouble,
} from "./host-double.ts";

const prefix = "/api/v1/repos/platform/policies";
const notFound = { status: 404, body: { message: "The target couldn't be found.", url: "", errors: [] } };

/** Gitea's and Forgejo's REST API as published, as far as a pull request needs it; lists come in pages of two. */
export async function startGitea(model: HostModel): Promise<HostDouble> {
  return startDouble(model, (asked) => answer(model, asked));
}

function answer(model: HostModel, { method, path, query, body, authorization }: Asked): Answered {
  if (authorization !== `token ${model.token}`)
    return { status: 401, body: { message: "invalid username, password or token" } };
  if (!path.startsWith(prefix)) return notFound;
  const [, what = "", number = "", part = ""] = path.slice(prefix.length).split("/");
  if (what === "labels") return labelAnswer(model, method, body, query);
  if (number === "") {
    if (method === "POST") return opened(model, body);
    const requests = model.requests.toReversed().map((own) => shown(model, own));
    return { status: 200, body: pageOf(requests, query, "limit") };
  }
  const own = model.requests.find((one) => String(one.number) === number);
  if (own === undefined) return notFound;
  switch (`${what}/${part}`) {
    case "pulls/":
      if (method === "PATCH") {
        own.title = (body.title as string | undefined) ?? own.title;
        own.body = (body.body as string | undefined) ?? own.body;
        if (body.state === "closed") model.end(own, "closed", "postern");
      }
      return { status: method === "PATCH" ? 201 : 200, body: shown(model, own) };
    case "pulls/requested_reviewers":
      return reviewersAsked(model, own, body);
    case "pulls/reviews":
      return { status: 200, body: pageOf(own.comments.filter(({ verdict }) => verdict).map(review), query, "limit") };
    case "pulls/merge":
      if (own.state !== "open") return { status: 405, body: { message: "The PR is already merged" } };
      if (body.head_commit_id !== model.headOf(own)) return { status: 409, body: { message: "head out of date" } };
      model.merge(own, "postern");
      return { status: 200 };
    case "issues/comments":
      return commentsAnswer(model, own, method, body, query);
    case "issues/labels":
      for (const [name, id] of model.labels) if ((body.labels as readonly number[]).includes(id)) own.labels.add(name);
      return { status: 200, body: [] };
    default:
      return notFound;
  }
}

function opened(model: HostModel, body: Asked["body"]): Answered {
  const { head, base, title, body: text } = body as Record<string, string>;
  const made = model.open(head!, base!, title!, text!);
  if (made === "no-branch") return notFound;
  if (made !== "exists") return { status: 201, body: shown(model, made) };
  return {
    status: 409,
    body: { message: `pull request already exists for these targets [id: 1, issue_id: 1, head_branch: ${head}]` },
  };
}

function labelAnswer(model: HostModel, method: string, body: Asked["body"], query: URLSearchParams): Answered {
  if (method === "POST") {
    const id = model.nextId();
    model.labels.set(String(body.name), id);
    return { status: 201, body: { id, name: body.name } };
  }
  const labels = [...model.labels].map(([name, id]) => ({ id, name }));
  return { status: 200, body: pageOf(labels, query, "limit") };
}

function reviewersAsked(model: HostModel, own: KeptRequest, body: Asked["body"]): Answered {
  const { reviewers = [], team_reviewers = [] } = body as Record<string, readonly string[]>;
  if (reviewers.some((name) => !model.users.includes(name)))
    return { status: 404, body: { message: "user does not exist" } };
  if (team_reviewers.some((name) => !model.teams.includes(name)))
    return { status: 404, body: { message: "team does not exist" } };
  for (const name of [...reviewers, ...team_reviewers.map((team) => `platform/${team}`)]) own.reviewers.add(name);
  return { status: 201, body: [] };
}

function commentsAnswer(
  model: HostModel,
  own: KeptRequest,
  method: string,
  body: Asked["body"],
  query: URLSearchParams,
): Answered {
  if (method === "POST") {
    model.say(own, "postern", String(body.body));
    return { status: 201, body: {} };
  }
  const since = Date.parse(query.get("since") ?? "1970-01-01T00:00:00Z");
  const comments = own.comments.filter(({ verdict, at }) => verdict === undefined && Date.parse(at) >= since);
  return {
    status: 200,
    body: comments.map(({ id, author, body: text, at }) => ({
      id,
      user: { login: author },
      body: text,
      created_at: at,
    })),
  };
}

function review({ id, author, body, at, verdict }: KeptRequest["comments"][number]): unknown {
  return {
    id,
    user: { login: author },
    body,
    submitted_at: at,
    state: verdict === "approved" ? "APPROVED" : "REQUEST_CHANGES",
  };
}

function shown(model: HostModel, own: KeptRequest): unknown {
  const sha = model.headOf(own);
  const ref = model.head(own.branch) === undefined ? `refs/pull/${own.number}/head` : own.branch;
  return {
    number: own.number,
    html_url: `https://gitea.example.com/platform/policies/pulls/${own.number}`,
    state: own.state === "open" ? "open" : "closed",
    merged: own.state === "merged",
    merge_commit_sha: own.mergeCommit ?? null,
    merged_by: own.state === "merged" ? { login: own.endedBy } : null,
    updated_at: own.updatedAt,
    head: { ref, label: own.branch, sha, repo_id: own.isFork === true ? 9 : 1 },
    base: { ref: own.base, repo_id: 1 },
    requested_reviewers: [...own.reviewers].map((login) => ({ login })),
  };
}
