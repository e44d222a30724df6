import {
  type Answered,
  type Asked,
  type HostDouble,
  type HostModel,
  type KeptRequest,
  startDouble,
} from "./host-double.ts";

const prefix = "/api/v3/repos/platform/policies";
const notFound = { status: 404, body: { message: "Not Found", documentation_url: "https://docs.github.com/rest" } };

/** GitHub's REST API as published, as far as a pull request needs it; lists have pages of at most 100. */
export async function startGithub(model: HostModel): Promise<HostDouble> {
  return startDouble(model, (asked) => answer(model, asked));
}

function answer(model: HostModel, { method, path, query, body, authorization }: Asked): Answered {
  if (method === "POST" && /^\/api\/v3\/app\/installations\/7\/access_tokens$/.test(path)) {
    if (!authorization.startsWith("bearer ey"))
      return { status: 401, body: { message: "A JSON web token could not be decoded" } };
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    return { status: 201, body: { token: model.token, expires_at, permissions: {}, repository_selection: "selected" } };
  }
  const [, scheme = "", token = ""] = /^(\w+) (.*)$/.exec(authorization) ?? [];
  if (!/^(?:bearer|token)$/i.test(scheme) || token !== model.token)
    return { status: 401, body: { message: "Bad credentials" } };
  if (!path.startsWith(prefix)) return notFound;
  const [, what = "", number = "", part = ""] = path.slice(prefix.length).split("/");
  const own = model.requests.find((one) => String(one.number) === number);
  if (what === "labels") return labelAnswer(model, method, decodeURIComponent(number), body);
  if (what === "pulls" && number === "")
    return method === "GET" ? { status: 200, body: listed(model, query) } : opened(model, body);
  if (own === undefined) return notFound;
  if (what === "issues") return issueAnswer(model, own, method, part, body, query);
  if (what !== "pulls") return notFound;
  switch (part) {
    case "":
      if (method === "PATCH") {
        own.title = (body.title as string | undefined) ?? own.title;
        own.body = (body.body as string | undefined) ?? own.body;
        if (body.state === "closed") model.end(own, "closed", "postern");
      }
      return { status: 200, body: shown(model, own) };
    case "requested_reviewers":
      return method === "GET"
        ? { status: 200, body: { users: [...own.reviewers].map((login) => ({ login })), teams: [] } }
        : reviewersAsked(model, own, body);
    case "reviews":
      return { status: 200, body: own.comments.filter(({ verdict }) => verdict).map(review) };
    case "comments":
      return { status: 200, body: [] };
    case "merge":
      return merged(model, own, body);
    default:
      return notFound;
  }
}

function listed(model: HostModel, query: URLSearchParams): readonly unknown[] {
  const [owner, branch] = (query.get("head") ?? ":").split(":");
  return model.requests
    .filter((own) => owner === "platform" && own.branch === branch)
    .toReversed()
    .map((own) => shown(model, own));
}

function opened(model: HostModel, body: Asked["body"]): Answered {
  const { head, base, title, body: text } = body as Record<string, string>;
  const made = model.open(head!, base!, title!, text!);
  if (typeof made !== "string") return { status: 201, body: shown(model, made) };
  const error =
    made === "exists"
      ? { resource: "PullRequest", code: "custom", message: `A pull request already exists for platform:${head}.` }
      : { resource: "PullRequest", field: "head", code: "invalid" };
  return { status: 422, body: { message: "Validation Failed", errors: [error] } };
}

function labelAnswer(model: HostModel, method: string, name: string, body: Asked["body"]): Answered {
  if (method === "GET") return model.labels.has(name) ? { status: 200, body: { name } } : notFound;
  if (model.labels.has(String(body.name)))
    return { status: 422, body: { message: "Validation Failed", errors: [{ code: "already_exists" }] } };
  model.labels.set(String(body.name), model.nextId());
  return { status: 201, body: { name: body.name } };
}

function issueAnswer(
  model: HostModel,
  own: KeptRequest,
  method: string,
  part: string,
  body: Asked["body"],
  query: URLSearchParams,
): Answered {
  if (part === "labels") {
    for (const name of body.labels as readonly string[]) own.labels.add(name);
    return { status: 200, body: [] };
  }
  if (part === "")
    return { status: 200, body: { closed_by: own.endedBy === undefined ? null : { login: own.endedBy } } };
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

function reviewersAsked(model: HostModel, own: KeptRequest, body: Asked["body"]): Answered {
  const { reviewers = [], team_reviewers = [] } = body as Record<string, readonly string[]>;
  const isKnown =
    reviewers.every((name) => model.users.includes(name)) && team_reviewers.every((name) => model.teams.includes(name));
  if (!isKnown) {
    const message =
      "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator.";
    return { status: 422, body: { message } };
  }
  for (const name of [...reviewers, ...team_reviewers.map((team) => `platform/${team}`)]) own.reviewers.add(name);
  return { status: 201, body: shown(model, own) };
}

function merged(model: HostModel, own: KeptRequest, body: Asked["body"]): Answered {
  if (own.state !== "open") return { status: 405, body: { message: "Pull Request is not mergeable" } };
  if (body.sha !== model.headOf(own))
    return { status: 409, body: { message: "Head branch was modified. Review and try the merge again." } };
  model.merge(own, "postern");
  return { status: 200, body: { merged: true, sha: own.mergeCommit } };
}

function review({ id, author, body, at, verdict }: KeptRequest["comments"][number]): unknown {
  return {
    id,
    user: { login: author },
    body,
    submitted_at: at,
    state: verdict === "approved" ? "APPROVED" : "CHANGES_REQUESTED",
  };
}

function shown(model: HostModel, own: KeptRequest): unknown {
  const isMerged = own.state === "merged";
  return {
    number: own.number,
    html_url: `https://github.example.com/platform/policies/pull/${own.number}`,
    state: own.state === "open" ? "open" : "closed",
    merged_at: isMerged ? own.updatedAt : null,
    merged_by: isMerged ? { login: own.endedBy } : null,
    merge_commit_sha: own.mergeCommit ?? "f".repeat(40),
    updated_at: own.updatedAt,
    head: { ref: own.branch, sha: model.headOf(own), repo: { id: own.isFork === true ? 9 : 1 } },
    base: { ref: own.base, repo: { id: 1 } },
    requested_reviewers: [...own.reviewers].map((login) => ({ login })),
  };
}
