import {
  type Answered,
  type Asked,
  type HostDouble,
  type HostModel,
  type KeptRequest,
  pageOf,
  startDouble,
} from "./host-double.ts";

const prefix = `/api/v4/projects/${encodeURIComponent("platform/policies")}/merge_requests`;
const notFound = { status: 404, body: { message: "404 Not found" } };

/** GitLab's REST API as published, as far as a merge request needs it; lists come in pages of two. */
export async function startGitlab(model: HostModel): Promise<HostDouble> {
  return startDouble(model, (asked) => answer(model, asked));
}

function answer(model: HostModel, { method, path, query, body, authorization }: Asked): Answered {
  if (authorization !== model.token) return { status: 401, body: { message: "401 Unauthorized" } };
  if (path === "/api/v4/users") {
    const at = model.users.indexOf(query.get("username") ?? "");
    return { status: 200, body: at < 0 ? [] : [{ id: at + 1, username: model.users[at] }] };
  }
  if (!path.startsWith(prefix)) return notFound;
  const [, number = "", part = ""] = path.slice(prefix.length).split("/");
  if (number === "") return method === "GET" ? listed(model, query) : opened(model, body);
  const own = model.requests.find((one) => String(one.number) === number);
  if (own === undefined) return { status: 404, body: { message: "404 Merge Request Not Found" } };
  if (part === "merge") return merged(model, own, body);
  if (part === "notes") return notesAnswer(model, own, method, body, query);
  if (method === "PUT") {
    own.title = (body.title as string | undefined) ?? own.title;
    own.body = (body.description as string | undefined) ?? own.body;
    for (const name of ((body.add_labels as string | undefined) ?? "").split(",").filter(Boolean)) own.labels.add(name);
    for (const id of (body.reviewer_ids as readonly number[] | undefined) ?? [])
      own.reviewers.add(model.users[id - 1]!);
    if (body.state_event === "close") model.end(own, "closed", "postern");
  }
  return { status: 200, body: shown(model, own) };
}

function listed(model: HostModel, query: URLSearchParams): Answered {
  const own = model.requests.filter(({ branch }) => branch === query.get("source_branch")).toReversed();
  return paged(
    own.map((one) => shown(model, one)),
    query,
  );
}

/** With the headers that say where one stands. */
function paged(list: readonly unknown[], query: URLSearchParams): Answered {
  const page = Number(query.get("page") ?? 1);
  const shownNow = pageOf(list, query, "per_page");
  const pages = Math.max(1, Math.ceil(list.length / 2));
  const next = page < pages ? String(page + 1) : "";
  const asked = new URLSearchParams(query);
  asked.set("page", next);
  const link = next === "" ? "" : `<http://localhost/?${asked.toString()}>; rel="next"`;
  return {
    status: 200,
    body: shownNow,
    headers: {
      "x-page": String(page),
      "x-next-page": next,
      "x-total-pages": String(pages),
      "x-total": String(list.length),
      "x-per-page": "2",
      link,
    },
  };
}

function opened(model: HostModel, body: Asked["body"]): Answered {
  const { source_branch: branch, target_branch: base, title, description, labels } = body as Record<string, string>;
  const made = model.open(branch!, base!, title!, description!);
  if (made === "no-branch") return { status: 400, body: { message: { source_branch: ["does not exist"] } } };
  if (made === "exists")
    return { status: 409, body: { message: ["Another open merge request already exists for this source branch: !1"] } };
  for (const name of (labels ?? "").split(",").filter(Boolean)) made.labels.add(name);
  return { status: 201, body: shown(model, made) };
}

function merged(model: HostModel, own: KeptRequest, body: Asked["body"]): Answered {
  if (own.state !== "open") return { status: 405, body: { message: "405 Method Not Allowed" } };
  if (body.sha !== model.headOf(own))
    return { status: 409, body: { message: `SHA does not match HEAD of source branch: ${model.headOf(own)}` } };
  model.merge(own, "postern");
  return { status: 200, body: shown(model, own) };
}

function notesAnswer(
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
  const words = { approved: "approved this merge request", "changes-requested": "requested changes" } as const;
  const notes = own.comments.flatMap(({ id, author, body: text, at, verdict }) => {
    const note = { id, author: { username: author }, created_at: at };
    const said = text === "" ? [] : [{ ...note, body: text, system: false }];
    return verdict === undefined ? said : [...said, { ...note, id: id + 10_000, body: words[verdict], system: true }];
  });
  return paged(
    [{ id: 1, author: { username: "ada" }, created_at: own.updatedAt, body: "added 1 commit", system: true }, ...notes],
    query,
  );
}

function shown(model: HostModel, own: KeptRequest): unknown {
  const by = own.endedBy === undefined ? null : { username: own.endedBy };
  return {
    iid: own.number,
    web_url: `https://gitlab.example.com/platform/policies/-/merge_requests/${own.number}`,
    state: own.state === "open" ? "opened" : own.state,
    source_branch: own.branch,
    target_branch: own.base,
    source_project_id: own.isFork === true ? 9 : 1,
    target_project_id: 1,
    sha: model.headOf(own),
    merge_commit_sha: own.mergeCommit ?? null,
    updated_at: own.updatedAt,
    merge_user: own.state === "merged" ? by : null,
    closed_by: own.state === "closed" ? by : null,
    reviewers: [...own.reviewers].map((username) => ({ id: model.users.indexOf(username) + 1, username })),
  };
}
