import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { resumeDeliveries } from "../../../src/app/gitops/delivery-queue.ts";
import { repositoryViews } from "../../../src/app/gitops/repositories.ts";
import { type BareRemote, bareRemote } from "./bare-remote.ts";
import { branch, deliveryWorld, type DeliveryWorld, manifest } from "./delivery-world.ts";

const path = "clusters/east/shop/egress-firewall.yaml";
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function world(
  files?: Readonly<Record<string, string>>,
  options?: Parameters<typeof deliveryWorld>[1],
): Promise<{ readonly remote: BareRemote; readonly server: DeliveryWorld }> {
  const remote = bareRemote(files);
  endings.push(() => remote.remove());
  const server = await deliveryWorld(remote, options);
  endings.push(() => server.close());
  return { remote, server };
}

function commitsOf(remote: BareRemote): readonly string[] {
  remote.git("fetch", "--quiet", "--prune");
  return remote.git("log", "--format=%s", `origin/main..origin/${branch}`).trim().split("\n");
}

test("an approved proposal becomes one branch, however often it is delivered", async () => {
  const { remote, server } = await world();
  await server.approved();
  expect(await server.run()).toEqual(["deliver-proposal: done"]);
  expect(remote.branches()).toEqual(["main", branch]);
  expect(remote.read(branch, path)).toBe(manifest);
  const proposal = await server.proposal();
  expect(proposal).toMatchObject({
    state: "pull-request-open",
    delivery: { path, isTakenOver: false },
  });
  const { commit } = proposal.delivery!;
  await server.approvedAgain(proposal.id, manifest);
  await server.run();
  await server.later();
  expect(commitsOf(remote)).toHaveLength(1);
  expect((await server.proposal()).delivery?.commit).toBe(commit);
  expect(remote.git("log", "-1", "--format=%B", commit!)).toContain("Postern-Proposal: p-0123456789abcdef");
});

test("a person merges, and the proposal knows", async () => {
  const { remote, server } = await world();
  await server.approved();
  await server.run();
  remote.git("fetch", "--quiet");
  remote.git("merge", "--quiet", "--no-ff", "-m", "merge", `origin/${branch}`);
  remote.git("push", "--quiet", "origin", "HEAD:main", `:refs/heads/${branch}`);
  await server.later();
  expect(await server.proposal()).toMatchObject({ state: "merged", delivery: { pullRequest: { state: "merged" } } });
});

test("a branch that a person deletes closes the proposal", async () => {
  const { remote, server } = await world();
  await server.approved();
  await server.run();
  remote.git("push", "--quiet", "origin", `:refs/heads/${branch}`);
  await server.later();
  expect(await server.proposal()).toMatchObject({ state: "rejected" });
  expect(remote.branches()).toEqual(["main"]);
});

test("a later revision is a further commit on the same branch", async () => {
  const { remote, server } = await world();
  const { id } = await server.approved();
  await server.run();
  const next = manifest.replace("203.0.113.0/28", "203.0.113.0/27");
  await server.approvedAgain(id, next);
  await server.run();
  expect(remote.read(branch, path)).toBe(next);
  expect(commitsOf(remote)).toHaveLength(2);
  expect((await server.proposal()).state).toBe("pull-request-open");
});

test("a person's commit on the branch is never pushed over", async () => {
  const { remote, server } = await world();
  const { id } = await server.approved();
  await server.run();
  const theirs = remote.commit(branch, { [path]: `# by hand\n${manifest}` });
  await server.later();
  expect(await server.proposal()).toMatchObject({ delivery: { isTakenOver: true } });
  await server.approvedAgain(id, manifest.replace("/28", "/27"));
  await server.run();
  await server.later();
  expect(remote.git("ls-remote", "origin", branch)).toContain(theirs);
});

test("a base that moves elsewhere changes nothing; one that moves in the same file brings the branch after it", async () => {
  const other = manifest.replace("namespace: shop", "namespace: cart");
  const { remote, server } = await world({ "clusters/east/all.yaml": `${other}---\n${manifest}` });
  const wanted = manifest.replace("/28", "/27");
  await server.approved({ manifest: wanted, baseManifest: manifest });
  await server.run();
  const first = (await server.proposal()).delivery!.commit;
  remote.commit("main", { "README.md": "more\n" });
  await server.later();
  expect((await server.proposal()).delivery!.commit).toBe(first);
  const changed = other.replace("/28", "/26");
  remote.commit("main", { "clusters/east/all.yaml": `${changed}---\n${manifest}` });
  await server.later();
  await server.run();
  expect(remote.read(branch, "clusters/east/all.yaml")).toBe(`${changed}---\n${wanted}`);
  expect(commitsOf(remote)).toHaveLength(1);
  expect(await server.proposal()).toMatchObject({ state: "pull-request-open" });
});

test("an object that changed since it was reviewed is a conflict, told and not pushed", async () => {
  const { remote, server } = await world({ [path]: manifest });
  await server.approved({ manifest: manifest.replace("/28", "/27"), baseManifest: manifest });
  await server.run();
  remote.commit("main", { [path]: manifest.replace("/28", "/20") });
  await server.later();
  await server.run();
  const { state, delivery } = await server.proposal();
  expect(state).toBe("changes-requested");
  expect(delivery?.trouble).toContain("holds another policy than the one that this was reviewed against");
});

test("what the repository has already is merged", async () => {
  const { server } = await world({ [path]: `# as people write it\n${manifest}` });
  await server.approved();
  await server.run();
  expect(await server.proposal()).toMatchObject({ state: "merged" });
});

test("an object goes with its file", async () => {
  const { remote, server } = await world({ [path]: manifest });
  await server.approved({ manifest: "", baseManifest: manifest });
  await server.run();
  expect(() => remote.read(branch, path)).toThrow("does not exist");
  expect((await server.proposal()).state).toBe("pull-request-open");
});

test("Postern merges where that is allowed", async () => {
  const { remote, server } = await world(undefined, { settings: { merge: "always" } });
  await server.approved();
  await server.run();
  expect(await server.proposal()).toMatchObject({ state: "merged" });
  expect(remote.read("main", path)).toBe(manifest);
});

test("what was to merge by itself does so, although its job was lost or put again", async () => {
  const { remote, server } = await world(undefined, { settings: { merge: "automation" } });
  const proposal = await server.approved();
  const [approval] = proposal.decisions;
  const decisions = [{ ...approval!, isMerging: true as const }];
  await server.state.decisions.proposals.replace({ ...proposal, decisions });
  for (const job of await server.state.decisions.jobs.take("lost", ["deliver-proposal"], server.nowMs, 1, 9))
    await server.state.decisions.jobs.finish(job);
  await resumeDeliveries(server.parts);
  await server.run();
  expect(await server.proposal()).toMatchObject({ state: "merged" });
  expect(remote.read("main", path)).toBe(manifest);
});

test("a namespace that no repository holds is told", async () => {
  const { server } = await world();
  await server.approved({ cluster: "nowhere" });
  await server.run();
  expect((await server.proposal()).delivery?.trouble).toContain(
    "no repository holds namespace `shop` of cluster `nowhere`",
  );
});

test("a remote that cannot be reached is trouble until it can", async () => {
  const { remote, server } = await world();
  await server.approved();
  remote.git("-C", remote.folder, "init", "--quiet", "--bare", "elsewhere.git");
  const { renameSync } = await import("node:fs");
  renameSync(remote.bare, `${remote.bare}.away`);
  expect(await server.run()).toEqual([expect.stringContaining("is not there")]);
  expect((await server.proposal()).delivery?.trouble).toContain("is not there");
  expect(repositoryViews(server.parts.repositories)[0]?.trouble).toContain("is not there");
  renameSync(`${remote.bare}.away`, remote.bare);
  expect(await server.later()).toContain("deliver-proposal: done");
  expect((await server.proposal()).delivery?.trouble).toBeUndefined();
  expect(repositoryViews(server.parts.repositories)[0]?.trouble).toBeNull();
});

test("a proposal that ends takes its branch along", async () => {
  const { remote, server } = await world();
  const { id } = await server.approved();
  await server.run();
  const job = {
    kind: "close-pull-request",
    key: id,
    payload: { proposal: id, why: "withdrawn" },
    runAtMs: server.nowMs,
  };
  await server.state.decisions.change(async ({ jobs }) => jobs.put(job));
  await server.run();
  expect(remote.branches()).toEqual(["main"]);
  expect((await server.proposal()).delivery?.pullRequest?.state).toBe("closed");
});

test("what only the cluster held when it was reviewed is new in the repository", async () => {
  const { remote, server } = await world();
  await server.approved({ baseManifest: manifest.replace("/28", "/20"), createdAtMs: Date.now() });
  await server.run();
  expect(await server.proposal()).toMatchObject({ state: "pull-request-open", delivery: { path } });
  expect(remote.read(branch, path)).toBe(manifest);
});

test("what was taken out of the repository since it was reviewed is a conflict", async () => {
  const { remote, server } = await world({ [path]: manifest });
  const { createdAtMs } = await server.approved({
    manifest: manifest.replace("/28", "/27"),
    baseManifest: manifest,
    createdAtMs: Date.now(),
  });
  remote.git("rm", "--quiet", path);
  remote.git("commit", "--quiet", "-m", "gone", "--date", new Date(createdAtMs + 60_000).toISOString());
  remote.git("rebase", "--quiet", "--force-rebase", "--committer-date-is-author-date", "HEAD~1");
  remote.git("push", "--quiet", "origin", "HEAD:main");
  await server.run();
  expect(await server.proposal()).toMatchObject({ state: "changes-requested" });
});

test("what is not in the repository cannot be taken out of it, and the proposal says so", async () => {
  const { remote, server } = await world();
  await server.approved({ manifest: "", baseManifest: manifest, createdAtMs: Date.now() });
  await server.run();
  const { state, delivery } = await server.proposal();
  expect(state).toBe("approved");
  expect(delivery?.trouble).toContain("is not in the repository, so nothing there can be taken out");
  expect(remote.branches()).toEqual(["main"]);
});

test("a link in the way of the file is told, and stays", async () => {
  const { remote, server } = await world({ "elsewhere/x.yaml": "a: b\n" });
  remote.git("checkout", "--quiet", "main");
  symlinkSync("elsewhere", join(remote.folder, "work/clusters"));
  remote.commit("main", {}, "a link");
  await server.approved();
  await server.run();
  expect((await server.proposal()).delivery?.trouble).toContain("`clusters` is a link in the repository");
  expect(remote.branches()).toEqual(["main"]);
});

test("commits that only look like Postern's bring nothing else into what is merged", async () => {
  const { remote, server } = await world();
  const { id } = await server.approved();
  await server.run();
  const forged = ["-c", "user.name=Postern", "-c", "user.email=postern@example.com"];
  remote.git("fetch", "--quiet");
  remote.git("checkout", "--quiet", "-B", branch, `origin/${branch}`);
  writeFileSync(join(remote.folder, "work/evil.yaml"), "kind: ClusterRoleBinding\n");
  remote.git("add", "--all");
  remote.git(
    ...forged,
    "commit",
    "--quiet",
    "--author",
    "Postern <postern@example.com>",
    "-m",
    `x\n\nPostern-Proposal: ${id}`,
  );
  remote.git("push", "--quiet", "origin", branch);
  remote.commit("main", { "README.md": "moved\n" });
  await server.approvedAgain(id, manifest);
  await server.run();
  expect((await server.proposal()).state).toBe("pull-request-open");
  remote.git("fetch", "--quiet");
  expect(remote.git("diff", "--name-only", `origin/main...origin/${branch}`).trim()).toBe(path);
});

test("a base that was pushed anew leaves the branch Postern's", async () => {
  const { remote, server } = await world();
  const { id } = await server.approved();
  await server.run();
  remote.git("checkout", "--quiet", "main");
  remote.git("commit", "--quiet", "--amend", "-m", "history written anew");
  remote.git("push", "--quiet", "--force", "origin", "main");
  const next = manifest.replace("/28", "/27");
  await server.approvedAgain(id, next);
  await server.run();
  expect(remote.read(branch, path)).toBe(next);
  expect(await server.proposal()).toMatchObject({ state: "pull-request-open", delivery: { isTakenOver: false } });
});

test.each([
  ["kept", false],
  ["deleted", true],
])("a change that people squashed into the base is merged, with its branch %s", async (_, isDeleted) => {
  const { remote, server } = await world();
  await server.approved();
  await server.run();
  remote.commit("main", { [path]: `# squashed\n${manifest}`, "README.md": "more\n" });
  if (isDeleted) remote.git("push", "--quiet", "origin", `:refs/heads/${branch}`);
  await server.later();
  await server.run();
  expect(await server.proposal()).toMatchObject({ state: "merged" });
});
