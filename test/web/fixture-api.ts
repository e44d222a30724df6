import type { z } from "zod";
import { auditQuery } from "../../src/app/wire/audit.ts";
import type { ServerEvent } from "../../src/app/wire/events.ts";
import { flowMapQuery, namespaceQuery, phaseChange } from "../../src/app/wire/namespaces.ts";
import {
  proposalAction,
  proposalEdit,
  proposalQuery,
  proposalRequest,
  previewRequest,
} from "../../src/app/wire/proposals.ts";
import { ruleQuery } from "../../src/app/wire/rules.ts";
import { type SessionView, signInRequest, type SignInWays } from "../../src/app/wire/session.ts";
import { automationSettings, lawChange, type lawCheck } from "../../src/app/wire/settings.ts";
import { sourceQuery } from "../../src/app/wire/sources.ts";
import { timelineQuery, trafficQuery } from "../../src/app/wire/traffic.ts";
import { FixtureAudit } from "./fixture-audit.ts";
import { flowMapOf, namespaceDetail, namespacePage } from "./fixture-namespaces.ts";
import { rulePage, settingsOf, sourcePage } from "./fixture-operations.ts";
import { ada, dossierOf } from "./fixture-proposals.ts";
import { acted, overviewOf, proposalPage } from "./fixture-queue.ts";
import { timelineOf, trafficPage } from "./fixture-traffic.ts";
import { fixtureUsers, usersAnswer } from "./fixture-users.ts";
import type { FixtureWorld } from "./fixture-world.ts";
import { seeded } from "./random.ts";

export interface FixtureRequest {
  readonly method: string;
  /** Below `/api/v1/`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
}

export interface FixtureAnswer {
  readonly status: number;
  readonly body: unknown;
}

const session: SessionView = {
  person: ada,
  csrf: "fixture",
  mayAdminister: true,
  mayApprove: true,
  namespaces: null,
  expiresAtMs: 4_102_444_800_000,
  isSample: true,
  hasSlack: true,
  version: "0.1.0",
};

const ways: SignInWays = {
  local: true,
  oidc: [{ id: "openshift", title: "OpenShift", start: "/auth/openshift/start" }],
  kubernetesToken: true,
  version: "0.1.0",
};

/** The API over a made-up world: questions are parsed with the real schemas, changes are kept for as long as it runs. */
export class FixtureApi {
  readonly #world: FixtureWorld;
  readonly #tell: (event: ServerEvent) => void;
  /** Made when somebody first asks for it. */
  #audit: FixtureAudit | undefined;
  #isSignedIn = true;
  readonly #users = fixtureUsers();

  constructor(world: FixtureWorld, tell: (event: ServerEvent) => void) {
    this.#world = world;
    this.#tell = tell;
  }

  answer(request: FixtureRequest): FixtureAnswer | Promise<FixtureAnswer> {
    const { method, path, query } = request;
    const [area = ""] = path;
    if (area === "sign-in") return ok(ways);
    if (area === "session" && method === "DELETE") {
      this.#isSignedIn = false;
      return ok({ redirectTo: null });
    }
    if (area === "session" && method === "POST" && path.length === 1) {
      const asked = signInRequest.parse(request.body);
      if (asked.way === "local" && asked.password === "wrong") {
        return refused(401, "sign_in_refused", "name or password do not fit; try again");
      }
      this.#isSignedIn = true;
      return ok(session);
    }
    if (!this.#isSignedIn) return refused(401, "session_missing", "nobody is signed in; sign in first");
    if (path[1] === "slack-code") return ok({ code: "K7Q2-M9XD" });
    if (area === "session") return ok(session);
    if (area === "proposals" && (method !== "GET" || path.length > 1)) return this.#proposals(request);
    if (area === "namespaces" && path.length > 1) return this.#namespace(request);
    if (area === "audit") return this.#auditLog(path, query);
    return this.#list(area, request);
  }

  async #auditLog(path: readonly string[], query: URLSearchParams): Promise<FixtureAnswer> {
    this.#audit ??= new FixtureAudit(this.#world.nowMs);
    if (path[1] === "checkpoint") return ok(this.#audit.checkpoint());
    if (path[2] !== "proof") return ok(this.#audit.page(auditQuery.parse(parametersOf(query))));
    const proof = await this.#audit.proof(Number(path[1]));
    return proof === undefined ? refused(404, "audit_unknown", `there is no record \`${path[1] ?? ""}\``) : ok(proof);
  }

  #list(area: string, request: FixtureRequest): FixtureAnswer {
    const { path, query } = request;
    const world = this.#world;
    const asked = parametersOf(query);
    switch (area) {
      case "overview":
        return ok(overviewOf(world));
      case "namespaces":
        return ok(namespacePage(world, namespaceQuery.parse(asked)));
      case "proposals":
        return ok(proposalPage(world, proposalQuery.parse(asked)));
      case "traffic":
        return path[1] === "timeline"
          ? ok(timelineOf(world.edges, timelineQuery.parse(asked), world.nowMs))
          : ok(trafficPage(world.edges, trafficQuery.parse(asked)));
      case "rules":
        return ok(rulePage(world, ruleQuery.parse(asked)));
      case "sources":
        return ok(sourcePage(world, sourceQuery.parse(asked)));
      case "settings":
        return this.#settings(request);
      case "users":
        return usersAnswer(this.#users, request);
      default:
        return refused(404, "api_path", "there is no such path");
    }
  }

  #settings({ method, path, body }: FixtureRequest): FixtureAnswer {
    const settings = settingsOf(this.#world);
    if (method === "GET") return ok(settings);
    if (path[1] === "automation") return ok({ ...settings, automation: automationSettings.parse(body), version: 4 });
    if (path[2] === "check") return ok(lawChecked(body as { readonly text: string }));
    const { text } = lawChange.parse(body);
    return ok({ name: path[2] ?? "", version: 4, text, changedAtMs: Date.now(), changedBy: ada });
  }

  #namespace({ method, path, query, body }: FixtureRequest): FixtureAnswer {
    const where = { cluster: path[1] ?? "", namespace: path[2] ?? "" };
    const index = this.#world.namespaces.findIndex(
      ({ cluster, namespace }) => cluster === where.cluster && namespace === where.namespace,
    );
    const found = this.#world.namespaces[index];
    if (found === undefined) {
      return refused(
        404,
        "namespace_unknown",
        `there is no namespace \`${where.namespace}\` in \`${where.cluster}\` that you may see`,
      );
    }
    if (path[3] === "flow-map") return ok(flowMapOf(this.#world, where, flowMapQuery.parse(parametersOf(query))));
    if (path[3] === "phase" && method === "PUT") {
      const change = phaseChange.parse(body);
      this.#world.namespaces[index] = { ...found, phase: change.phase };
      const terms = {
        threshold: change.threshold ?? 0.97,
        reviewByMs: change.reviewByMs ?? null,
        stoppedBecause: null,
        risk: "low" as const,
      };
      this.#world.automation.set(`${where.cluster}/${where.namespace}`, { ...terms, mayChange: true });
      this.#tell({ type: "namespace", ...where });
      return ok({ ...where, phase: change.phase, ...terms });
    }
    return ok(namespaceDetail(this.#world, where));
  }

  #proposals({ method, path, body, ifMatch }: FixtureRequest): FixtureAnswer {
    const { proposals } = this.#world;
    if (path.length === 1) {
      const request = proposalRequest.parse(body);
      const [first] = proposals;
      if (first === undefined) return refused(409, "proposal_nothing", "nothing was recorded to learn from");
      const where = request.from === "finding" ? first : request;
      const made = {
        ...first,
        id: `p-${proposals.length + 1}`,
        number: proposals.length + 1,
        cluster: where.cluster,
        namespace: where.namespace,
        state: "draft" as const,
        title: `Close ${where.namespace} to what it needs`,
      };
      proposals.push(made);
      return { status: 201, body: made };
    }
    const index = proposals.findIndex(({ id, number }) => id === path[1] || String(number) === path[1]);
    const found = proposals[index];
    if (found === undefined) return refused(404, "proposal_unknown", `there is no proposal \`${path[1] ?? ""}\``);
    if (method === "GET") return ok(found);
    if (path[2] === "preview") {
      const { manifest } = previewRequest.parse(body);
      const edges = this.#world.edges.filter(
        ({ namespace, cluster }) => namespace === found.namespace && cluster === found.cluster,
      );
      const isPolicy = manifest.includes("kind: EgressFirewall");
      return ok({
        findings: isPolicy
          ? []
          : [
              {
                code: "policy-kind",
                severity: "error",
                message: "no `kind` that is known",
                fix: "write `kind: EgressFirewall`",
                line: 1,
              },
            ],
        laws: manifest.includes("0.0.0.0/0\n    - type: Allow")
          ? [
              {
                clause: "widest-prefix",
                law: "company@3",
                effect: "forbids",
                message: "`0.0.0.0/0` is wider than /16",
                rule: 0,
                line: 8,
              },
            ]
          : [],
        dossier: isPolicy ? dossierOf(seeded(manifest.length), manifest, edges, this.#world.nowMs) : null,
        exposure: isPolicy ? { v4: 17.3, v6: null, unresolvedRules: 4 } : null,
      });
    }
    if (ifMatch !== `"${found.version}"`) {
      return refused(412, "proposal_stale", "the proposal was changed since it was read; load it anew");
    }
    const next =
      path[2] === "actions"
        ? acted(found, proposalAction.parse(body), Date.now())
        : {
            ...found,
            ...definedOf(proposalEdit.parse(body)),
            version: found.version + 1,
            revision: found.revision + 1,
          };
    proposals[index] = next;
    this.#tell({ type: "proposal", id: next.id, cluster: next.cluster, namespace: next.namespace, state: next.state });
    return ok(next);
  }
}

/** A text without clauses is no law; one that names a prefix is broken by the first proposal. */
function lawChecked({ text }: { readonly text: string }): z.infer<typeof lawCheck> {
  const finding = {
    code: "law_clauses",
    severity: "error",
    message: "`spec.clauses` is missing",
    fix: "",
    line: 1,
  } as const;
  return {
    findings: text.includes("clauses:") ? [] : [finding],
    breaches: text.includes("widestPrefix") ? [{ proposal: "p-0001", clause: "widest-prefix" }] : [],
  };
}

function definedOf<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}

function parametersOf(query: URLSearchParams): Record<string, string | string[]> {
  const names = new Set(query.keys());
  return Object.fromEntries(
    [...names].map((name) => {
      const values = query.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}

function ok(body: unknown): FixtureAnswer {
  return { status: 200, body };
}

export function refused(status: number, code: string, detail: string): FixtureAnswer {
  return {
    status,
    body: {
      type: `https://postern.example/errors#${code}`,
      title: detail,
      status,
      code,
      detail,
      requestId: "fixture-1",
    },
  };
}
