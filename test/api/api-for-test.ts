import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteState } from "../../src/adapters/sql-state/open-sqlite.ts";
import type { Access } from "../../src/app/access/access.ts";
import { chooseAccess } from "../../src/app/access/choose-access.ts";
import { accessByGrants } from "../../src/app/access/grants.ts";
import { hashPassword } from "../../src/app/access/password.ts";
import { type ServerEvents, serverEvents } from "../../src/app/desk/server-events.ts";
import { CollectLedger } from "../../src/app/live/collect-ledger.ts";
import { QuotaGate } from "../../src/app/live/collect-quotas.ts";
import { Collector } from "../../src/app/live/collect.ts";
import type { User } from "../../src/app/state/people.ts";
import type { State } from "../../src/app/state/state.ts";
import { issueToken } from "../../src/app/state/token-text.ts";
import type { ApiParts } from "../../src/surfaces/http/api/api-parts.ts";
import type { TlsMaterial } from "../../src/surfaces/http/listener.ts";
import { makeLog } from "../../src/surfaces/http/log.ts";
import { CollectMetrics } from "../../src/surfaces/http/metrics.ts";
import { makeHttpServer } from "../../src/surfaces/http/server.ts";
import { undescribed } from "./described.ts";
import { bank, madeUpDesk, shop } from "./made-up-desk.ts";

export const startMs: number = Date.UTC(2026, 10, 2, 12);
export const password = "correct horse battery staple";
/** Made once: it takes a while. */
const hash = hashPassword(password);

/** What each person may do in the namespace `east/shop`; `outsider` may everything in `east/bank` and nothing here. */
export const people = {
  viewer: [{ verb: "view", where: "east/shop" }],
  editor: [{ verb: "edit", where: "east/shop" }],
  approver: [{ verb: "approve", where: "east/shop" }],
  keeper: [{ verb: "administer", where: "east/shop" }],
  outsider: [{ verb: "administer", where: "east/bank" }],
  admin: [],
} as const;
export type PersonName = keyof typeof people;

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class ApiForTest {
  readonly log: string[] = [];
  readonly events: ServerEvents = serverEvents();
  nowMs = startMs;
  url = "";
  routes: readonly string[] = [];
  state!: State;
  access!: Access;
  desk!: ReturnType<typeof madeUpDesk>;
  #close: () => Promise<void> = () => Promise.resolve();

  static async open(more: Partial<ApiParts> = {}, tls?: TlsMaterial): Promise<ApiForTest> {
    const own = new ApiForTest();
    const folder = await mkdtemp(join(tmpdir(), "postern-api-"));
    const nowMs = (): number => own.nowMs;
    const opened = await openSqliteState({ path: join(folder, "state.sqlite"), mayCreate: true, nowMs });
    if (!opened.ok) throw new Error(opened.error.message);
    const state = opened.value;
    own.state = state;
    for (const [name, grants] of Object.entries(people)) {
      const user: User = {
        subject: `local:${name}`,
        name,
        passwordHash: await hash,
        isAdministrator: name === "admin",
        grants,
        createdAtMs: startMs,
        disabledAtMs: undefined,
        lastSeenMs: undefined,
      };
      await state.decisions.users.put(user);
    }
    for (const where of [shop, bank]) await state.decisions.namespaces.set(where, {});
    own.access = chooseAccess([accessByGrants(state.decisions.users)]);
    own.desk = madeUpDesk(own.access);
    const log = makeLog((line) => void own.log.push(line), "debug");
    const metrics = new CollectMetrics();
    const ledger = new CollectLedger(state);
    const collector = new Collector({
      store: { append: () => Promise.resolve({ ok: true, value: [] }) as never },
      ledger,
      quotas: new QuotaGate(),
      meter: metrics,
      nowMs,
      onTrouble: () => undefined,
    });
    const server = makeHttpServer({
      state,
      history: {} as never,
      collector,
      metrics,
      flush: () => ledger.flush(),
      log,
      nowMs,
      tls,
      openMetrics: false,
      api: {
        desk: own.desk,
        access: own.access,
        books: state.decisions,
        events: own.events,
        idempotency: state.idempotency,
        signIn: { local: true, redirects: [], tokens: undefined },
        version: "0.0.0-test",
        isSample: false,
        ...more,
      },
    });
    own.url = await server.listen("127.0.0.1", 0);
    own.routes = server.routes;
    own.#close = async () => {
      await server.close(1000);
      await collector.close();
      await state.close();
      await rm(folder, { recursive: true, force: true });
    };
    return own;
  }

  close(): Promise<void> {
    return this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Every answer of the API is held against the published document. */
  async send(path: string, { method = "GET", body, headers = {} }: Sent = {}): Promise<Answered> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      redirect: "manual",
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, body: jsonOf(text), text };
    const problem = undescribed(method, path, answer);
    if (problem !== undefined) throw new Error(problem);
    return answer;
  }

  async signIn(name: PersonName): Promise<Browser> {
    const body = { way: "local", name, password };
    const answer = await this.send("/api/v1/session", { method: "POST", body });
    if (answer.status !== 201) throw new Error(`${name} could not sign in: ${answer.text}`);
    return new Browser(this, cookieOf(answer), String(answer.body.csrf));
  }

  async token(clusters: readonly string[], scopes: readonly ("read" | "ship")[] = ["read"]): Promise<string> {
    const { text, token } = issueToken({ clusters, scopes }, startMs);
    await this.state.tokens.add(token);
    return text;
  }
}

/** Sends the session's cookie along, and with what changes something what a page of ours would send. */
export class Browser {
  readonly #server: ApiForTest;
  readonly cookie: string;
  readonly csrf: string;

  constructor(server: ApiForTest, cookie: string, csrf: string) {
    this.#server = server;
    this.cookie = cookie;
    this.csrf = csrf;
  }

  send(path: string, { method = "GET", body, headers = {} }: Sent = {}): Promise<Answered> {
    const own = { cookie: this.cookie, ...(method === "GET" ? {} : { "x-postern-csrf": this.csrf }), ...headers };
    return this.#server.send(path, { method, body, headers: own });
  }
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return { text };
  }
}

export function cookieOf({ headers }: Answered): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0]!)
    .join("; ");
}
