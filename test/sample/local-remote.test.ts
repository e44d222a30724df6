import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkOut, filesBelow, makeLocalRemote } from "../../src/adapters/git/local-remote.ts";
import { runGit } from "../../src/adapters/git/run-git.ts";

const version = { args: ["version"], env: { PATH: process.env.PATH ?? "" }, cwd: tmpdir() };
const git = await runGit({ ...version, timeoutMs: 10_000, mostBytes: 1_000, signal: undefined });
const isMissing = git.status !== 0 && process.env.CI !== "true";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-remote-"));
});
afterAll(async () => rm(folder, { recursive: true }));

const files = [
  { path: "shop/firewall.yaml", text: "kind: EgressFirewall\n" },
  { path: "shop/odd name.yaml", text: "# ü\n" },
];

test.skipIf(isMissing)("a repository is made once, and its branch is what a folder is brought to", async () => {
  const remote = join(folder, "remote.git");
  const into = join(folder, "cluster");
  expect(await makeLocalRemote(remote, files, "Begin")).toMatchObject({ ok: true });
  const first = await checkOut(remote, "main", into);
  expect(await filesBelow(into)).toEqual(files);
  expect(await makeLocalRemote(remote, [], "Begin again")).toMatchObject({ ok: true });
  expect(await checkOut(remote, "main", into)).toEqual(first);
  expect(await readdir(folder)).toEqual(expect.not.arrayContaining([expect.stringMatching(/^\.making-/)]));
});

test.skipIf(isMissing)(
  "what is gone from the branch goes from the folder, and what others put there stays",
  async () => {
    const [one, other] = [join(folder, "one.git"), join(folder, "other.git")];
    const into = join(folder, "moved");
    await makeLocalRemote(one, files, "Begin");
    await makeLocalRemote(other, [{ path: "shop/firewall.yaml", text: "kind: NetworkPolicy\n" }], "Begin");
    await checkOut(one, "main", into);
    expect(await checkOut(other, "main", into)).toMatchObject({ ok: true });
    expect(await readdir(join(into, "shop"))).toEqual(["firewall.yaml"]);
    expect(await readFile(join(into, "shop/firewall.yaml"), "utf8")).toBe("kind: NetworkPolicy\n");
  },
);

test.skipIf(isMissing)("a branch that is not there is told", async () => {
  const remote = join(folder, "empty.git");
  await makeLocalRemote(remote, files, "Begin");
  expect(await checkOut(remote, "--upload-pack=x", join(folder, "none"))).toMatchObject({
    ok: false,
    error: { code: "git_failed" },
  });
});
