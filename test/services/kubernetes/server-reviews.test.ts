/** The server's questions about people, and `deploy/server-rbac.yaml`: neither asks or allows more than the other. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ClusterReviews, clusterReviews, type ReviewOptions } from "../../../src/adapters/kubernetes/reviews.ts";
import { reviewedActions } from "../../../src/app/access/access-by-reviews.ts";
import { Role } from "./role.ts";

interface Review {
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

const role = new Role(
  readFileSync(fileURLToPath(new URL("../../../deploy/server-rbac.yaml", import.meta.url)), "utf8"),
);
const asked: { readonly method: string; readonly path: string; readonly review: Review }[] = [];
let server: Server;
let reviews: ClusterReviews;
let url: string;
/** What the API server answers, by kind; a number is a refusal, a text is sent as it is. */
let answers: Readonly<Record<string, object | number | string>>;
const never = new AbortController().signal;

beforeEach(async () => {
  asked.length = 0;
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += String(chunk);
    });
    request.on("end", () => {
      const review = JSON.parse(text) as Review;
      const path = request.url ?? "";
      asked.push({ method: request.method ?? "", path, review });
      const [, , group = "", , resource = ""] = path.split("/");
      const isAllowed =
        request.headers.authorization === "Bearer own" &&
        role.allows({ verb: "create", group, resource, name: undefined });
      const answer = isAllowed ? (answers[review.kind] ?? 404) : 403;
      if (typeof answer === "number") response.writeHead(answer).end("{}");
      else if (typeof answer === "string") response.writeHead(201).end(answer);
      else response.writeHead(201).end(JSON.stringify({ ...review, status: answer }));
    });
  });
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  open();
});
afterEach(async () => {
  reviews.close();
  server.closeAllConnections();
  await new Promise((done) => {
    server.close(done);
  });
});

function open(options: ReviewOptions = {}, token = "own"): void {
  reviews = clusterReviews(
    { server: new URL(url), isInsecure: false, headers: {}, credentials: () => Promise.resolve({ token }) },
    options,
  );
}

const user = { name: "ada", groups: ["ops"] };
const edit = { group: "postern.dev", resource: "proposals", verb: "create", namespace: "shop" };

describe("what somebody may do", () => {
  test("is asked as an object that the API knows, and only its status is looked at", async () => {
    answers = { SubjectAccessReview: { allowed: true, reason: "by a role" } };
    const approve = { ...edit, subresource: "approve", namespace: undefined };
    expect(await reviews.mayDo(user, edit, never)).toEqual({ ok: true, value: true });
    expect(await reviews.mayDo(user, approve, never)).toEqual({ ok: true, value: true });
    expect(asked).toEqual([
      {
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        review: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: { user: "ada", groups: ["ops"], resourceAttributes: edit },
        },
      },
      {
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        review: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: {
            user: "ada",
            groups: ["ops"],
            resourceAttributes: { group: "postern.dev", resource: "proposals", subresource: "approve", verb: "create" },
          },
        },
      },
    ]);
  });

  test.each([
    ["allowed", { allowed: true }, true],
    ["not allowed", { allowed: false }, false],
    ["denied, whatever else allows it", { allowed: true, denied: true }, false],
  ])("is %s", async (_, status, expected) => {
    answers = { SubjectAccessReview: status };
    expect(await reviews.mayDo(user, edit, never)).toEqual({ ok: true, value: expected });
  });

  test.each([
    ["refuses", 403, "deploy/server-rbac.yaml"],
    ["does not know us", 401, "credentials"],
    ["fails", 500, "(500)"],
    ["answers something else", { allowed: "yes" }, "another form"],
    ["answers no JSON", "<html>", "cannot be asked"],
    ["answers without end", " ".repeat(2 << 20), "too long"],
  ])("is not known when the cluster %s", async (_, status, said) => {
    answers = { SubjectAccessReview: status };
    const answer = await reviews.mayDo(user, edit, never);
    expect(answer).toMatchObject({ ok: false, error: { code: "cluster_review" } });
    expect(answer.ok ? "" : answer.error.message).toContain(said);
  });
});

describe("a token", () => {
  const ada = { authenticated: true, user: { username: "ada", groups: ["ops", "system:authenticated"], uid: "1" } };

  test.each([
    ["of a person", ada, {}, "kubernetes:ada"],
    ["of a person who also signs in through OpenShift", ada, { isOpenShift: true }, "openshift:ada"],
    [
      "of a service account",
      { authenticated: true, user: { username: "system:serviceaccount:ci:bot" } },
      { isOpenShift: true },
      "kubernetes:system:serviceaccount:ci:bot",
    ],
    ["that is not known", { authenticated: false }, {}, undefined],
    ["of which the cluster says nothing", {}, {}, undefined],
    ["of nobody", { authenticated: true, user: {} }, {}, undefined],
    ["for us", { ...ada, audiences: ["postern"] }, { audiences: ["postern"] }, "kubernetes:ada"],
    ["for somebody else", { ...ada, audiences: ["vault"] }, { audiences: ["postern"] }, undefined],
    ["for nobody in particular", ada, { audiences: ["postern"] }, undefined],
  ])("%s", async (_, status, options, subject) => {
    answers = { TokenReview: status };
    open(options);
    const answer = await reviews.whoHas("a-token", never);
    expect(answer.ok ? answer.value?.subject : answer.error).toBe(subject);
    expect(asked[0]).toMatchObject({ path: "/apis/authentication.k8s.io/v1/tokenreviews" });
  });
});

test("another service account is refused", async () => {
  answers = { SubjectAccessReview: { allowed: true } };
  open({}, "another");
  expect(await reviews.mayDo(user, edit, never)).toMatchObject({ ok: false });
});

describe("the manifest", () => {
  test("lets the server ask, and nothing else", () => {
    expect(role.account).toEqual({ namespace: "postern", name: "postern-server" });
    expect(role.rules).toEqual([
      { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
      { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
    ]);
  });

  test.each([
    ["postern-editor", ["edit"]],
    ["postern-approver", ["approve"]],
    ["postern-administrator", ["view", "edit", "approve", "administer"]],
  ])("gives with %s what is asked for %s", (name, verbs) => {
    const rules = role.manifests.find(({ metadata }) => metadata.name === name)?.rules ?? [];
    const given = Object.entries(reviewedActions)
      .filter(([, actions]) =>
        actions.some(({ group, resource, subresource, verb }) =>
          rules.some(
            (rule) =>
              rule.apiGroups?.includes(group) === true &&
              rule.resources?.includes(subresource === undefined ? resource : `${resource}/${subresource}`) === true &&
              rule.verbs.includes(verb),
          ),
        ),
      )
      .map(([verb]) => verb);
    expect(given).toEqual(verbs);
  });
});
