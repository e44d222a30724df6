import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ApiForTest, type Browser, people, type PersonName } from "./api-for-test.ts";

/** Who asks: people by what they may in `east/shop`, and programs. */
const kinds = [
  "nobody",
  "viewer",
  "editor",
  "approver",
  "keeper",
  "outsider",
  "admin",
  "token that reads",
  "token that ships",
  "session that ended",
  "somebody disabled",
] as const;
type Kind = (typeof kinds)[number];

let own: ApiForTest;
const headersOf = {} as Record<Kind, Readonly<Record<string, string>>>;
beforeAll(async () => {
  own = await ApiForTest.open({
    slack: { received: () => Promise.resolve({ ok: true, value: undefined }), linkCode: () => Promise.resolve("code") },
    gitHook: () => Promise.resolve({ ok: false, error: { code: "made_up", message: "no signature", status: 401 } }),
  });
  const asBrowser = ({ cookie, csrf }: Browser): Readonly<Record<string, string>> => ({
    cookie,
    "x-postern-csrf": csrf,
  });
  headersOf.nobody = {};
  for (const name of Object.keys(people) as PersonName[]) headersOf[name] = asBrowser(await own.signIn(name));
  const ended = await own.signIn("admin");
  await ended.send("/api/v1/session", { method: "DELETE" });
  headersOf["session that ended"] = asBrowser(ended);
  headersOf["token that reads"] = { authorization: `Bearer ${await own.token(["*"])}` };
  headersOf["token that ships"] = { authorization: `Bearer ${await own.token(["*"], ["ship"])}` };
  const body = { name: "gone", isAdministrator: true };
  const added = await own.send("/api/v1/users", { method: "POST", body, headers: headersOf.admin });
  const byLink = { way: "link", secret: added.body.link };
  const gone = await own.send("/api/v1/session", { method: "POST", body: byLink });
  headersOf["somebody disabled"] = {
    cookie: gone.headers.getSetCookie()[0]!.split(";", 1)[0]!,
    "x-postern-csrf": String(gone.body.csrf),
  };
  await own.send("/api/v1/users/gone", { method: "PATCH", body: { isDisabled: true }, headers: headersOf.admin });
});
afterAll(() => own.close());

const version = { "if-match": '"3"' };
const automation = {
  defaultPhase: "observe",
  threshold: 0.99,
  changesPerDay: 1,
  windows: [],
  timeZone: "UTC",
  never: [],
  onBlocked: "open-revert",
  reviewEveryDays: 30,
};

interface Row {
  /** As it is registered. */
  readonly route: string;
  readonly address: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** One status for each of the kinds. */
  readonly expected: string;
}

/**
 * A read within the API. Whoever is not known is nobody, whatever they show. Of the five people the first four have something to do with
 * `east/shop`, the outsider has not.
 */
const read = (address: string, people5: string, reads: string): Row => row("GET", address, people5, reads);
/** A change: no token of the server's own makes one. */
const change = (method: string, address: string, people5: string, body?: unknown, headers = {}): Row => ({
  ...row(method, address, people5, "403"),
  body,
  headers,
});
const row = (method: string, address: string, given: string, reads: string): Row => ({
  route: `${method} ${address}`,
  address: `/api/v1${address}`,
  expected: `401 ${given} ${reads} 403 401 401`,
});
/** The same for everybody: they prove themselves in another way, or there is nothing to protect. */
const open = (route: string, address: string, status: number, body?: unknown): Row => ({
  route,
  address,
  body,
  expected: kinds.map(() => status).join(" "),
});

const rows: readonly Row[] = [
  // viewer editor approver keeper outsider admin, then the token that reads
  read("/session", "200 200 200 200 200 200", "200"),
  read("/overview", "503 503 503 503 503 503", "503"),
  read("/proposals", "200 200 200 200 200 200", "200"),
  change("POST", "/proposals", "403 201 403 201 403 201", { from: "traffic", cluster: "east", namespace: "shop" }),
  read("/proposals/:id", "200 200 200 200 404 200", "200"),
  change("PATCH", "/proposals/:id", "403 200 403 200 404 200", { ticket: "T-1" }, version),
  change("POST", "/proposals/:id/preview", "200 200 200 200 404 200", { manifest: "x" }),
  change("POST", "/proposals/:id/actions", "403 403 200 200 404 200", { action: "approve", revision: 1 }, version),
  read("/namespaces", "200 200 200 200 200 200", "200"),
  read("/namespaces/:cluster/:namespace", "503 503 503 503 404 503", "503"),
  read("/namespaces/:cluster/:namespace/flow-map", "200 200 200 200 404 200", "200"),
  change("PUT", "/namespaces/:cluster/:namespace/phase", "403 403 403 200 404 200", { phase: "review" }),
  read("/traffic", "200 200 200 200 200 200", "200"),
  read("/traffic/timeline", "200 200 200 200 200 200", "200"),
  read("/rules", "200 200 200 200 200 200", "200"),
  read("/sources", "200 200 200 200 200 200", "200"),
  read("/audit", "200 200 200 200 200 200", "200"),
  read("/audit/checkpoint", "200 200 200 200 200 200", "200"),
  read("/audit/:sequence/proof", "404 404 404 404 404 404", "404"),
  read("/audit/export", "403 403 403 403 403 200", "403"),
  read("/settings", "503 503 503 503 503 503", "503"),
  change("PUT", "/settings/automation", "403 403 403 403 403 423", automation, version),
  change("PUT", "/settings/laws/:name", "403 403 403 403 403 412", { text: "", version: 1 }),
  change("POST", "/settings/laws/check", "200 200 200 200 200 200", { text: "" }),
  read("/users", "403 403 403 403 403 200", "403"),
  change("POST", "/users", "403 403 403 403 403 409", { name: "viewer" }),
  change("PATCH", "/users/:name", "403 403 403 403 403 404", {}),
  change("POST", "/users/:name/link", "403 403 403 403 403 404"),
  read("/events", "200 200 200 200 200 200", "200"),
  change("POST", "/session/slack-code", "200 200 200 200 200 200"),
  // Last of what needs a session: it ends it.
  change("DELETE", "/session", "200 200 200 200 200 200"),
  open("GET /api/v1/sign-in", "/api/v1/sign-in", 200),
  open("POST /api/v1/session", "/api/v1/session", 403, { way: "kubernetes", token: "x" }),
  open("GET /api/v1/openapi.json", "/api/v1/openapi.json", 200),
  open("GET /auth/:way/start", "/auth/nowhere/start", 303),
  open("GET /auth/:way/callback", "/auth/nowhere/callback?code=x", 303),
  open("POST /hooks/slack/interactive", "/hooks/slack/interactive", 200, ""),
  open("POST /hooks/slack/command", "/hooks/slack/command", 200, ""),
  open("POST /hooks/git/:repository", "/hooks/git/policies", 401, ""),
  open("GET /healthz", "/healthz", 200),
  // There is no history in this test; nobody is told why.
  open("GET /readyz", "/readyz", 503),
];

/** For observers and programs that fetch: tokens and client certificates alone, never a browser's session. */
const collected = (route: string, address: string, reads: number, ships: number, body?: unknown): Row => ({
  route,
  address,
  body,
  expected: kinds
    .map((kind) => (kind === "token that reads" ? reads : kind === "token that ships" ? ships : 401))
    .join(" "),
});
const collector: readonly Row[] = [
  collected("POST /v1/batches", "/v1/batches", 403, 400, "nothing"),
  collected("GET /v1/history/:question", "/v1/history/nothing", 404, 403),
  collected("GET /v1/sources", "/v1/sources", 200, 403),
  collected("GET /metrics", "/metrics", 200, 403),
];

const all = [...rows, ...collector].map((each) =>
  each.route.includes(" /api") || !each.address.startsWith("/api/v1/")
    ? each
    : { ...each, route: each.route.replace(" ", " /api/v1") },
);
const filled: Readonly<Record<string, string>> = {
  ":id": "p-shop",
  ":cluster": "east",
  ":namespace": "shop",
  ":sequence": "7",
  ":name": "nothing",
};

test("every route has a row here", () => {
  expect(all.map(({ route }) => route).toSorted()).toEqual(own.routes.toSorted());
});

describe(`${kinds.join(", ")} are answered`, () => {
  test.each(all)("$route", async ({ route, address, body, headers = {}, expected }) => {
    const [method = ""] = route.split(" ", 1);
    // Failures of one address are counted by the minute.
    own.nowMs += 61_000;
    const url = own.url + address.replaceAll(/:[a-z]+/g, (name) => filled[name]!);
    const answers = [];
    for (const kind of kinds) {
      const sent = body === undefined ? {} : { "content-type": "application/json" };
      const response = await fetch(url, {
        method,
        redirect: "manual",
        headers: { ...sent, ...headersOf[kind], ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      answers.push(response.status);
      expect(response.headers.get("cache-control")).toContain("no-store");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      if (response.status >= 400) {
        expect(response.headers.get("content-type")).toContain("application/problem+json");
        const said = (await response.json()) as { status: number; code: string; requestId: string };
        expect(said.status).toBe(response.status);
        expect(said.code).toMatch(/^[a-z]+_[a-z_]+$/);
        expect(said.requestId).toBe(response.headers.get("x-request-id"));
      }
      await response.body?.cancel().catch(() => undefined);
    }
    expect(answers.join(" ")).toBe(expected);
  });
});

test("what nobody may see is as if it were not there", async () => {
  const answers = await Promise.all(
    ["p-shop", "p-none"].map(async (id) => {
      const response = await fetch(`${own.url}/api/v1/proposals/${id}`, { headers: headersOf.outsider });
      const { requestId: _, ...said } = (await response.json()) as Readonly<Record<string, unknown>>;
      return said;
    }),
  );
  expect(answers[0]).toEqual(answers[1]);
});
