import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openPostgresState } from "../../../src/adapters/sql-state/open-postgres.ts";
import { makeLink } from "../../../src/app/access/local-sign-in.ts";
import type { State } from "../../../src/app/state/state.ts";
import { proposalForTest } from "../../../src/pipeline/propose/proposal.test-support.ts";
import type { Proposal } from "../../../src/pipeline/propose/proposal.ts";
import { dossierForTest } from "../../gitops/dossier-for-test.ts";
import { freePort, Served } from "../collector/served.ts";
import { type BareRemote, bareRemote } from "../gitops/bare-remote.ts";

const dossierDigest = "d".repeat(64);

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly isReplayed: boolean;
}

/** Replicas of the real server: one database, one Git remote, a folder for each. */
export class ReviewServers {
  readonly servers: readonly Served[];
  readonly remote: BareRemote;
  readonly state: State;
  readonly stateUrlFile: string;
  readonly #folder: string;
  #cookie = "";
  #csrf = "";

  private constructor(
    parts: Pick<ReviewServers, "servers" | "remote" | "state" | "stateUrlFile"> & { folder: string },
  ) {
    this.servers = parts.servers;
    this.remote = parts.remote;
    this.state = parts.state;
    this.stateUrlFile = parts.stateUrlFile;
    this.#folder = parts.folder;
  }

  /** Starts so many servers, signed in to as Ada, who administers. */
  static async start(database: string, replicas: number): Promise<ReviewServers> {
    const folder = await mkdtemp(join(tmpdir(), "postern-review-"));
    const remote = bareRemote();
    const stateUrlFile = join(folder, "state-url");
    await writeFile(stateUrlFile, `${database}\n`, { mode: 0o600 });
    const repositories = join(folder, "repositories.yaml");
    await writeFile(
      repositories,
      `repositories:
  - name: policies
    kind: plain
    url: file://${remote.bare}
    holds: [{cluster: east}]
    path: "clusters/{cluster}/{namespace}/{kind}.yaml"
    merge: always
`,
    );
    const opened = await openPostgresState({ url: database, nowMs: Date.now });
    if (!opened.ok) throw new Error(opened.error.message);
    const secret = await makeLink(opened.value.decisions, "local:", Date.now());
    const servers: Served[] = [];
    for (let n = 0; n < replicas; n += 1) {
      const place = ["--data", join(folder, `data-${n}`), "--state", "postgres", "--state-url-file", stateUrlFile];
      servers.push(new Served(await freePort(), ...place, "--repositories", repositories));
    }
    const own = new ReviewServers({ servers, remote, state: opened.value, stateUrlFile, folder });
    await Promise.all(servers.map((server) => server.start()));
    await own.#signIn(secret);
    return own;
  }

  async #signIn(secret: string): Promise<void> {
    const answer = await fetch(`${this.servers[0]!.url}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ way: "link", secret, name: "ada", password: "a few good words" }),
    });
    const body = (await answer.json()) as { readonly csrf: string };
    if (answer.status !== 201) throw new Error(JSON.stringify(body));
    this.#cookie = answer.headers
      .getSetCookie()
      .map((each) => each.split(";")[0])
      .join("; ");
    this.#csrf = body.csrf;
  }

  /** As from the application's page; rejects when the server dies before it answers. */
  async act(server: Served, proposal: Proposal, action: string, key: string, comment = ""): Promise<Answer> {
    const answer = await fetch(`${server.url}/api/v1/proposals/${proposal.id}/actions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        cookie: this.#cookie,
        "x-postern-csrf": this.#csrf,
        "if-match": `"${proposal.version}"`,
        "idempotency-key": key,
      },
      body: JSON.stringify({ action, comment, revision: proposal.revision }),
    });
    const isReplayed = answer.headers.get("idempotency-replayed") === "true";
    return { status: answer.status, body: (await answer.json()) as Answer["body"], isReplayed };
  }

  /** Sends it as a client does that did not hear the answer: again, as long as the first one may be under way. */
  async actAgain(server: Served, proposal: Proposal, action: string, key: string): Promise<Answer> {
    for (let tries = 0; tries < 300; tries += 1) {
      const answer = await this.act(server, proposal, action, key);
      if (answer.body.code !== "api_key_under_way") return answer;
      await sleep(100);
    }
    throw new Error("the key never became free");
  }

  /** Proposals that wait for a review, each of a namespace of its own: somebody learned them, nobody wrote in them. */
  async waiting(count: number): Promise<readonly Proposal[]> {
    const { decisions } = this.state;
    await decisions.proposals.putDossier(dossierDigest, dossierForTest());
    const made: Proposal[] = [];
    for (let n = 1; n <= count; n += 1) {
      const namespace = `shop-${n}`;
      const id = `p-${n.toString(16).padStart(16, "0")}`;
      const { number: _, ...proposal } = proposalForTest({
        id,
        namespace,
        state: "pending-review",
        manifest: firewall(namespace),
        dossierDigest,
      });
      await decisions.namespaces.set({ cluster: "east", namespace }, {});
      made.push(await decisions.proposals.add(proposal));
    }
    return made;
  }

  /** Waits until all of them are where they belong. @returns them */
  async until(proposals: readonly Proposal[], isSo: (proposal: Proposal) => boolean): Promise<readonly Proposal[]> {
    for (let tries = 0; ; tries += 1) {
      const now = await Promise.all(proposals.map(({ id }) => this.state.decisions.proposals.byId(id)));
      const known = now.flatMap((proposal) => proposal ?? []);
      if (known.length === proposals.length && known.every(isSo)) return known;
      if (tries > 1_200) throw new Error(`it did not come to that: ${known.map(({ state }) => state).join(", ")}`);
      await sleep(100);
    }
  }

  /** How often each thing was recorded of a proposal. */
  async recorded(): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (const { kind, subject } of await this.state.decisions.audit.read(0, 10_000)) {
      if (subject.startsWith("proposal/")) counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.end("SIGTERM")));
    await this.state.close();
    this.remote.remove();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function firewall(namespace: string): string {
  return `apiVersion: k8s.ovn.org/v1
kind: EgressFirewall
metadata:
  name: default
  namespace: ${namespace}
spec:
  egress:
    - type: Allow
      to:
        cidrSelector: 203.0.113.0/28
    - type: Deny
      to:
        cidrSelector: 0.0.0.0/0
`;
}
