import { join } from "node:path";
import { openGitRepository } from "../../../src/adapters/git/git-repository.ts";
import { repositoryYaml } from "../../../src/adapters/manifests/repository-yaml.ts";
import { plainHost } from "../../../src/adapters/plain-git/plain-host.ts";
import { openSqliteState } from "../../../src/adapters/sql-state/open-sqlite.ts";
import { serverEvents } from "../../../src/app/desk/server-events.ts";
import type { CodeHost, GitRepository } from "../../../src/app/gitops/code-host.ts";
import { deliveryJobs } from "../../../src/app/gitops/delivery-jobs.ts";
import { branchOf, type DeliveryParts } from "../../../src/app/gitops/delivery-parts.ts";
import { repositoriesOf } from "../../../src/app/gitops/repositories.ts";
import type { RepositorySettings } from "../../../src/app/gitops/repository-settings.ts";
import type { State } from "../../../src/app/state/state.ts";
import { proposalForTest } from "../../../src/pipeline/propose/proposal.test-support.ts";
import type { Proposal } from "../../../src/pipeline/propose/proposal.ts";
import { dossierForTest } from "../../gitops/dossier-for-test.ts";
import { type BareRemote, settingsFor } from "./bare-remote.ts";

const never = new AbortController().signal;
export const dossierDigest = "d".repeat(64);
const approvedAtMs = Date.UTC(2026, 0, 15, 12);

export const manifest = `apiVersion: k8s.ovn.org/v1
kind: EgressFirewall
metadata:
  name: default
  namespace: shop
spec:
  egress:
    - type: Allow
      to:
        cidrSelector: 203.0.113.0/28
    - type: Deny
      to:
        cidrSelector: 0.0.0.0/0
`;

export const settings: RepositorySettings = {
  name: "policies",
  kind: "plain",
  url: "file:///policies.git",
  base: "main",
  holds: [{ cluster: "east", namespace: "*" }],
  layout: { kind: "folders" },
  path: "clusters/{cluster}/{namespace}/{kind}.yaml",
  search: undefined,
  labels: ["egress"],
  reviewers: [],
  merge: "people",
  pollMs: 1_000,
  codeOwners: true,
};

export interface DeliveryWorld {
  readonly state: State;
  readonly parts: DeliveryParts;
  readonly git: GitRepository;
  nowMs: number;
  /** An approved proposal with the job that its approval put. */
  approved(change?: Partial<Proposal>): Promise<Proposal>;
  /** The next text, approved as well. */
  approvedAgain(id: string, text: string): Promise<void>;
  /** Runs what is due, until nothing is. @returns how each ended */
  run(): Promise<readonly string[]>;
  /** As {@link run}, after a while. */
  later(ms?: number): Promise<readonly string[]>;
  proposal(id?: string): Promise<Proposal>;
  close(): Promise<void>;
}

/** A server's delivery with its own state and mirror, as it is after each start. */
export async function deliveryWorld(
  remote: BareRemote,
  options: {
    readonly host?: (git: GitRepository, nowMs: () => number) => CodeHost;
    readonly settings?: Partial<RepositorySettings>;
    readonly git?: Parameters<typeof settingsFor>[1];
    readonly name?: string;
  } = {},
): Promise<DeliveryWorld> {
  const { name = "server" } = options;
  const opened = openGitRepository(
    settingsFor(remote, { folder: join(remote.folder, `${name}-mirror`), ...options.git }),
  );
  if (!opened.ok) throw new Error(opened.error.message);
  const git = opened.value;
  const world = { nowMs: Date.UTC(2026, 0, 20) };
  const nowMs = (): number => world.nowMs;
  const state = await openSqliteState({ path: join(remote.folder, `${name}.sqlite`), mayCreate: true, nowMs });
  if (!state.ok) throw new Error(state.error.message);
  const { decisions } = state.value;
  const host = options.host?.(git, nowMs) ?? plainHost(git, "main", nowMs);
  const repository = {
    settings: { ...settings, kind: host.kind, ...options.settings },
    git,
    host,
    authorEmail: "postern@example.com",
    webhookSecret: undefined,
  };
  const parts: DeliveryParts = {
    place: { decisions, events: serverEvents(), nowMs, newId: () => "p-00000000000000ff" },
    repositories: repositoriesOf([repository]),
    yaml: repositoryYaml,
    publicUrl: "https://postern.example.com",
    laws: () => Promise.resolve([]),
  };
  const handlers = deliveryJobs(parts);
  const run = async (): Promise<readonly string[]> => {
    const ends: string[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      const [job] = await decisions.jobs.take("test", Object.keys(handlers), world.nowMs, 60_000, 1);
      if (job === undefined) return ends;
      const end = await handlers[job.kind]!(job, never);
      ends.push(end.end === "done" ? `${job.kind}: done` : `${job.kind}: ${end.because}`);
      if (end.end === "done") await decisions.jobs.finish(job);
      else await decisions.jobs.again(job, world.nowMs + (end.inMs ?? 60_000), end.because);
    }
    return [...ends, "it never ends"];
  };
  const proposal = async (id = "p-0123456789abcdef"): Promise<Proposal> => {
    const found = await decisions.proposals.byId(id);
    if (found === undefined) throw new Error(`no ${id}`);
    return found;
  };
  return Object.assign(world, {
    state: state.value,
    parts,
    git,
    run,
    proposal,
    async approved(change: Partial<Proposal> = {}) {
      const { number: _, ...made } = proposalForTest({ state: "approved", manifest, dossierDigest, ...change });
      const approval = {
        atMs: approvedAtMs,
        by: { subject: "local:bo", name: "Bo" },
        action: "approve",
        from: "pending-review",
        to: "approved",
        revision: 1,
        comment: "",
      } as const;
      await decisions.proposals.putDossier(dossierDigest, dossierForTest());
      const added = await decisions.proposals.add({ ...made, decisions: [approval] });
      await put(decisions, added.id, world.nowMs);
      return added;
    },
    async approvedAgain(id: string, text: string) {
      const before = await proposal(id);
      const approval = { ...before.decisions[0]!, revision: before.revision + 1, atMs: world.nowMs };
      await decisions.proposals.replace({
        ...before,
        state: "approved",
        revision: before.revision + 1,
        manifest: text,
        decisions: [...before.decisions, approval],
      });
      await put(decisions, id, world.nowMs);
    },
    async later(ms = 3_600_000) {
      world.nowMs += ms;
      return run();
    },
    close: () => state.value.close(),
  });
}

async function put(decisions: State["decisions"], id: string, runAtMs: number): Promise<void> {
  const payload = { proposal: id, merge: false };
  await decisions.change(async ({ jobs }) => jobs.put({ kind: "deliver-proposal", key: id, payload, runAtMs }));
}

export const branch = branchOf(proposalForTest({}));
