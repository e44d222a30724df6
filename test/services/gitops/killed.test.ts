import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openSqliteState } from "../../../src/adapters/sql-state/open-sqlite.ts";
import { proposalForTest } from "../../../src/pipeline/propose/proposal.test-support.ts";
import type { Proposal } from "../../../src/pipeline/propose/proposal.ts";
import { dossierForTest } from "../../gitops/dossier-for-test.ts";
import { type BareRemote, bareRemote } from "./bare-remote.ts";
import { branch, dossierDigest, manifest } from "./delivery-world.ts";
import { HostModel } from "./host-double.ts";
import { hosts } from "./hosts.ts";

const program = join(import.meta.dirname, "killed-server.ts");
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function approvedIn(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const state = await openSqliteState({ path: join(folder, "server.sqlite"), mayCreate: true, nowMs: Date.now });
  if (!state.ok) throw new Error(state.error.message);
  const { number: _, ...made } = proposalForTest({ state: "approved", manifest, dossierDigest });
  await state.value.decisions.proposals.putDossier(dossierDigest, dossierForTest());
  await state.value.decisions.proposals.add(made);
  const job = {
    kind: "deliver-proposal",
    key: made.id,
    payload: { proposal: made.id, merge: false },
    runAtMs: Date.now(),
  };
  await state.value.decisions.change(async ({ jobs }) => jobs.put(job));
  await state.value.close();
}

async function proposalIn(folder: string): Promise<Proposal | undefined> {
  const state = await openSqliteState({ path: join(folder, "server.sqlite"), mayCreate: false, nowMs: Date.now });
  if (!state.ok) throw new Error(state.error.message);
  const proposal = await state.value.decisions.proposals.byId("p-0123456789abcdef");
  await state.value.close();
  return proposal;
}

/** Starts the server; killed with -9 at the step, or left to end. @returns how many steps it took, undefined when it was killed */
async function serve(
  remote: BareRemote,
  folder: string,
  host: string,
  api: string,
  stop: number,
): Promise<number | undefined> {
  const args = ["--host", host, "--api", api, "--remote", remote.bare, "--folder", folder, "--stop", String(stop)];
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  endings.push(() => child.kill("SIGKILL"));
  let said = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (piece: string) => {
    said += piece;
    if (said.includes("stopped")) child.kill("SIGKILL");
  });
  await new Promise((resolve) => {
    child.once("close", resolve);
  });
  const steps = /done (\d+)/.exec(said)?.[1];
  if (steps === undefined && !said.includes("stopped")) throw new Error(`the server ended by itself: ${said}`);
  return steps === undefined ? undefined : Number(steps);
}

test.each([["plain"], ["GitHub with a token"], ["GitLab"], ["Gitea"]])(
  "%s: killed between any two steps, there is one branch and one pull request after the restart",
  async (name) => {
    const front = hosts.find(([host]) => host === name)?.[1];
    const round = async (stop: number): Promise<number | undefined> => {
      const remote = bareRemote();
      endings.push(() => remote.remove());
      const model = new HostModel(remote);
      const double = await front?.(model);
      const folder = join(remote.folder, "data");
      await approvedIn(folder);
      const steps = await serve(remote, folder, name, double?.url ?? "", stop);
      if (steps === undefined) await serve(remote, folder, name, double?.url ?? "", 0);
      expect(remote.branches()).toEqual(["main", branch]);
      remote.git("fetch", "--quiet");
      expect(remote.git("rev-list", "--count", `origin/main..origin/${branch}`).trim()).toBe("1");
      expect(model.requests).toHaveLength(front === undefined ? 0 : 1);
      const proposal = await proposalIn(folder);
      const delivery = { branch, pullRequest: { state: "open" } };
      expect(proposal).toMatchObject({ state: "pull-request-open", delivery });
      const openings = proposal!.decisions.filter(({ to, from }) => to === "pull-request-open" && from === "approved");
      expect(openings).toHaveLength(1);
      await double?.stop();
      return steps;
    };
    // The first round is not killed: it tells how many steps there are.
    const steps = (await round(0)) ?? 0;
    for (let stop = 1; stop <= steps; stop += 2) {
      const killed = await Promise.all([round(stop), ...(stop < steps ? [round(stop + 1)] : [])]);
      expect(
        killed.every((one) => one === undefined),
        `killed at step ${stop}`,
      ).toBe(true);
    }
    expect(steps).toBeGreaterThan(5);
  },
);
