import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openGitRepository } from "../../../src/adapters/git/git-repository.ts";
import type { GitSettings } from "../../../src/adapters/git/settings.ts";
import type { Failure } from "../../../src/app/failure.ts";
import type { GitRepository } from "../../../src/app/gitops/code-host.ts";
import type { Result } from "../../../src/core/result.ts";
import { type BareRemote, bareRemote, settingsFor } from "./bare-remote.ts";
import { backendProgram, startHttpBackend } from "./http-backend.ts";
import { newSshKey, sshdProgram, startSshd } from "./private-sshd.ts";

const never = new AbortController().signal;
const inCi = process.env.CI === "true";
const atMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const branch = "postern/shop/p-0123456789abcdef";
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

function remoteWith(files?: Readonly<Record<string, string>>): BareRemote {
  const remote = bareRemote(files);
  endings.push(() => remote.remove());
  return remote;
}

function open(
  settings: GitSettings,
): GitRepository & { git: (command: { args: readonly string[] }) => Promise<unknown> } {
  return value(openGitRepository(settings));
}

function value<T>(result: Result<T, Failure>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

function codeOf(result: Result<unknown, Failure>): string {
  return result.ok ? "ok" : result.error.code;
}

/** The whole life of a branch, over whatever transport. */
async function useIt(repository: GitRepository, remote: BareRemote): Promise<readonly string[]> {
  const base = value(await repository.fetch(never));
  expect(value(await repository.readFile("main", "README.md"))).toBe("# policies\n");
  const change = { branch, parent: base, expectedHead: undefined, message: "shop: allow the bank", atMs };
  const files = [{ path: "east/shop/egress.yaml", text: "kind: EgressFirewall\n" }];
  const first = value(await repository.commitAndPush({ ...change, files }, never));
  expect(remote.read(branch, "east/shop/egress.yaml")).toBe("kind: EgressFirewall\n");
  value(await repository.fetch(never));
  expect(value(await repository.branchHead(branch))).toBe(first);
  expect(value(await repository.mergeBase(branch))).toBe(base);
  expect(value(await repository.commitsOn(branch))).toEqual([
    { id: first, authorEmail: "postern@example.com", message: "shop: allow the bank\n" },
  ]);
  expect(value(await repository.isMerged(first))).toBe(false);
  const merge = value(await repository.mergeAndPush(branch, first, "merge", atMs, never));
  value(await repository.fetch(never));
  expect(value(await repository.isMerged(first))).toBe(true);
  expect(value(await repository.isMerged(merge))).toBe(true);
  value(await repository.deleteBranch(branch, first, never));
  return remote.branches();
}

describe("over files", () => {
  test("a branch lives from its first commit to its merge", async () => {
    const remote = remoteWith();
    expect(await useIt(open(settingsFor(remote)), remote)).toEqual(["main"]);
  });

  test("the same change is the same commit, whoever makes it and however often", async () => {
    const remote = remoteWith();
    const commits: string[] = [];
    for (const name of ["one", "two"]) {
      const repository = open(settingsFor(remote, { folder: join(remote.folder, name) }));
      const parent = value(await repository.fetch(never));
      const files = [{ path: "a.yaml", text: "a\n" }];
      const expectedHead = value(await repository.branchHead(branch));
      commits.push(
        value(await repository.commitAndPush({ branch, parent, expectedHead, message: "m", atMs, files }, never)),
      );
    }
    expect(commits[1]).toBe(commits[0]);
  });

  test("a branch that somebody else moved is never pushed over", async () => {
    const remote = remoteWith();
    const repository = open(settingsFor(remote));
    const parent = value(await repository.fetch(never));
    const change = { branch, parent, expectedHead: undefined, message: "m", atMs };
    const first = value(await repository.commitAndPush({ ...change, files: [{ path: "a", text: "1\n" }] }, never));
    const theirs = remote.commit(branch, { a: "theirs\n" });
    const files = [{ path: "a", text: "2\n" }];
    const again = { ...change, parent: first, message: "second", files };
    expect(codeOf(await repository.commitAndPush({ ...again, expectedHead: first }, never))).toBe("git_branch_moved");
    expect(codeOf(await repository.commitAndPush({ ...again, expectedHead: undefined }, never))).toBe(
      "git_branch_moved",
    );
    expect(remote.git("ls-remote", "origin", branch)).toContain(theirs);
    expect(codeOf(await repository.deleteBranch(branch, first, never))).toBe("git_branch_moved");
  });

  test("files are written, deleted and left alone; an executable stays one", async () => {
    const remote = remoteWith({ "keep/a.yaml": "a\n", "drop.yaml": "b\n", "run.sh": "#!/bin/sh\n" });
    remote.git("update-index", "--chmod=+x", "run.sh");
    remote.git("commit", "--quiet", "-m", "executable");
    remote.git("push", "--quiet", "origin", "main");
    const repository = open(settingsFor(remote));
    const parent = value(await repository.fetch(never));
    const files = [
      { path: "drop.yaml", text: undefined },
      { path: "run.sh", text: "#!/bin/sh\nexit 1\n" },
      { path: "neu/größe.yaml", text: "ü\n" },
    ];
    value(
      await repository.commitAndPush({ branch, parent, expectedHead: undefined, message: "m", atMs, files }, never),
    );
    expect(value(await repository.listFiles(branch, ""))).toEqual(["keep/a.yaml", "neu/größe.yaml", "run.sh"]);
    expect(value(await repository.readFile(branch, "neu/größe.yaml"))).toBe("ü\n");
    expect(value(await repository.readFile(branch, "drop.yaml"))).toBeUndefined();
    expect(execFileSync("git", ["ls-tree", branch, "run.sh"], { cwd: remote.bare, encoding: "utf8" })).toMatch(
      /^100755 /,
    );
  });

  test("files that hold a text are found below a folder", async () => {
    const remote = remoteWith({
      "east/a.yaml": "kind: EgressFirewall\n",
      "west/b.yaml": "kind: EgressFirewall\n",
      "east/[c].yaml": "kind: EgressFirewall\n",
      "east/d.yaml": "kind: Pod\n",
    });
    const repository = open(settingsFor(remote));
    const head = value(await repository.fetch(never));
    expect(value(await repository.filesWith(head, "east", "EgressFirewall"))).toEqual(["east/[c].yaml", "east/a.yaml"]);
    expect(value(await repository.filesWith(head, "", "nothing of it"))).toEqual([]);
    expect(value(await repository.listFiles(head, "east"))).toHaveLength(3);
  });

  test("what is no file, no text or too large is told, not read", async () => {
    const remote = remoteWith({ "a.yaml": "a\n" });
    remote.git("rev-parse", "HEAD");
    const work = join(remote.folder, "work");
    execFileSync("ln", ["-s", "/etc/passwd", join(work, "link.yaml")]);
    writeFileSync(join(work, "bytes.yaml"), Buffer.from([0xff, 0xfe, 0x00]));
    writeFileSync(join(work, "large.yaml"), "x".repeat(5 * 2 ** 20));
    remote.commit("main", {});
    const repository = open(settingsFor(remote));
    value(await repository.fetch(never));
    expect(codeOf(await repository.readFile("main", "link.yaml"))).toBe("git_not_a_file");
    expect(codeOf(await repository.readFile("main", "bytes.yaml"))).toBe("git_not_text");
    expect(codeOf(await repository.readFile("main", "large.yaml"))).toBe("git_file_too_large");
    expect(codeOf(await repository.readFile("main", "../a.yaml"))).toBe("git_path");
  });

  test("a merge in which both changed the same is refused", async () => {
    const remote = remoteWith({ a: "1\n" });
    const repository = open(settingsFor(remote));
    const parent = value(await repository.fetch(never));
    const files = [{ path: "a", text: "ours\n" }];
    const head = value(
      await repository.commitAndPush({ branch, parent, expectedHead: undefined, message: "m", atMs, files }, never),
    );
    remote.commit("main", { a: "theirs\n" });
    value(await repository.fetch(never));
    expect(codeOf(await repository.mergeAndPush(branch, head, "m", atMs, never))).toBe("git_merge_conflict");
  });

  test("hooks and configuration of the machine and of the mirror do nothing", async () => {
    const remote = remoteWith();
    const settings = settingsFor(remote);
    const repository = open(settings);
    const parent = value(await repository.fetch(never));
    mkdirSync(join(settings.folder, "hooks"), { recursive: true });
    for (const hook of ["pre-push", "reference-transaction", "post-index-change"]) {
      writeFileSync(join(settings.folder, "hooks", hook), `#!/bin/sh\ntouch ${remote.folder}/ran\nexit 1\n`);
      chmodSync(join(settings.folder, "hooks", hook), 0o755);
    }
    writeFileSync(join(settings.folder, ".gitconfig"), "[commit]\n\tgpgsign = true\n[user]\n\tname = Nobody\n");
    const files = [{ path: "a", text: "a\n" }];
    const commit = value(
      await repository.commitAndPush({ branch, parent, expectedHead: undefined, message: "m", atMs, files }, never),
    );
    expect(existsSync(join(remote.folder, "ran"))).toBe(false);
    expect(remote.git("ls-remote", "origin", branch)).toContain(commit);
    expect(readdirSync(settings.folder).filter((name) => name.startsWith("postern-index"))).toEqual([]);
  });

  test.each([
    ["a server's refusal", "echo 'error: GH006: Protected branch update failed' >&2; exit 1", "git_branch_protected"],
    ["a hook's refusal", "echo 'no policies on Fridays' >&2; exit 1", "git_push_refused"],
  ])("%s is told as what it is", async (_, script, code) => {
    const remote = remoteWith();
    writeFileSync(join(remote.bare, "hooks", "pre-receive"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const repository = open(settingsFor(remote));
    const parent = value(await repository.fetch(never));
    const files = [{ path: "a", text: "a\n" }];
    const change = { branch, parent, expectedHead: undefined, message: "m", atMs, files };
    expect(codeOf(await repository.commitAndPush(change, never))).toBe(code);
  });

  test("an abort and a timeout end git", async () => {
    const remote = remoteWith();
    writeFileSync(join(remote.bare, "hooks", "pre-receive"), "#!/bin/sh\nsleep 60\n", { mode: 0o755 });
    const repository = open(settingsFor(remote, { timeoutMs: 1_500 }));
    const parent = value(await repository.fetch(never));
    const change = { branch, parent, expectedHead: undefined, message: "m", atMs, files: [{ path: "a", text: "a\n" }] };
    expect(codeOf(await repository.commitAndPush(change, never))).toBe("git_timeout");
    expect(codeOf(await repository.commitAndPush(change, AbortSignal.timeout(500)))).toBe("git_aborted");
    expect(codeOf(await repository.fetch(AbortSignal.abort()))).toBe("git_aborted");
  });

  test.each([
    ["ext::sh -c touch% /tmp/x", "git_address"],
    ["--upload-pack=touch /tmp/x", "git_address"],
    ["https://user:secret@example.com/r.git", "git_address"],
    ["fd::17", "git_address"],
    ["file:///nowhere/at/all.git", "git_not_found"],
  ])("%s → %s", async (url, code) => {
    const remote = remoteWith();
    const opened = openGitRepository(settingsFor(remote, { url }));
    expect(opened.ok ? codeOf(await opened.value.fetch(never)) : opened.error.code).toBe(code);
    expect(opened.ok ? "" : opened.error.message).not.toContain("secret");
  });

  test("a mirror that a kill left half made or locked is mended", async () => {
    const remote = remoteWith();
    const settings = settingsFor(remote);
    mkdirSync(settings.folder);
    writeFileSync(join(settings.folder, "HEAD"), "ref: refs/heads/main\n");
    const repository = open(settings);
    value(await repository.fetch(never));
    const moved = remote.commit("main", { "README.md": "more\n" });
    const lock = join(settings.folder, "refs/remotes/origin/main.lock");
    writeFileSync(lock, "");
    expect((await repository.fetch(never)).ok).toBe(false);
    const longAgo = new Date(Date.now() - 86_400_000);
    utimesSync(lock, longAgo, longAgo);
    expect(value(await repository.fetch(never))).toBe(moved);
  });

  test("a base branch that is not there is named", async () => {
    const remote = remoteWith();
    expect(codeOf(await open(settingsFor(remote, { base: "trunk" })).fetch(never))).toBe("git_no_base");
  });
});

describe("signed", () => {
  test("with an ssh key, as git itself verifies", async () => {
    const remote = remoteWith();
    const keyFile = join(remote.folder, "sign");
    const publicKey = newSshKey(keyFile);
    const repository = open(settingsFor(remote, { signing: { format: "ssh", keyFile } }));
    const parent = value(await repository.fetch(never));
    const files = [{ path: "a", text: "a\n" }];
    const commit = value(
      await repository.commitAndPush({ branch, parent, expectedHead: undefined, message: "m", atMs, files }, never),
    );
    writeFileSync(join(remote.folder, "allowed"), `postern@example.com ${publicKey}`);
    remote.git("fetch", "--quiet");
    expect(() =>
      remote.git("-c", `gpg.ssh.allowedSignersFile=${join(remote.folder, "allowed")}`, "verify-commit", commit),
    ).not.toThrow();
  });

  test("with an OpenPGP key", async () => {
    const remote = remoteWith();
    const home = join(remote.folder, "g");
    mkdirSync(home, { mode: 0o700 });
    const gpg = (...args: readonly string[]): string =>
      execFileSync("gpg", ["--homedir", home, "--batch", "--quiet", ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    endings.push(() => execFileSync("gpgconf", ["--homedir", home, "--kill", "all"]));
    gpg("--passphrase", "", "--quick-generate-key", "Postern <postern@example.com>", "ed25519", "sign", "never");
    const repository = open(settingsFor(remote, { signing: { format: "openpgp", home, key: "postern@example.com" } }));
    const parent = value(await repository.fetch(never));
    const files = [{ path: "a", text: "a\n" }];
    const commit = value(
      await repository.commitAndPush({ branch, parent, expectedHead: undefined, message: "m", atMs, files }, never),
    );
    execFileSync("git", ["verify-commit", commit], {
      cwd: remote.bare,
      env: { ...process.env, GNUPGHOME: home },
      stdio: "ignore",
    });
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
  });

  test("a key that cannot sign is told", async () => {
    const remote = remoteWith();
    const keyFile = join(remote.folder, "no-key");
    const repository = open(settingsFor(remote, { signing: { format: "ssh", keyFile } }));
    const parent = value(await repository.fetch(never));
    const files = [{ path: "a", text: "a\n" }];
    const change = { branch, parent, expectedHead: undefined, message: "m", atMs, files };
    expect(codeOf(await repository.commitAndPush(change, never))).toBe("git_signing_failed");
  });
});

describe.skipIf(!inCi && !existsSync(sshdProgram))("over ssh", () => {
  test("a branch lives, strangers and unknown hosts are told", async () => {
    const remote = remoteWith();
    const sshd = await startSshd(remote.folder);
    endings.push(() => sshd.stop());
    const url = `ssh://${sshd.user}@127.0.0.1:${sshd.port}${remote.bare}`;
    const { keyFile, strangerKeyFile, knownHostsFile, wrongHostsFile } = sshd;
    const at = (access: GitSettings["access"], name: string): GitRepository =>
      open(settingsFor(remote, { url, access, folder: join(remote.folder, name) }));
    expect(await useIt(at({ kind: "ssh", keyFile, knownHostsFile }, "mirror a% 'b"), remote)).toEqual(["main"]);
    const stranger = await at({ kind: "ssh", keyFile: strangerKeyFile, knownHostsFile }, "stranger").fetch(never);
    expect(codeOf(stranger)).toBe("git_auth_failed");
    const unknown = await at({ kind: "ssh", keyFile, knownHostsFile: wrongHostsFile }, "unknown").fetch(never);
    expect(codeOf(unknown)).toBe("git_host_unknown");
  });
});

describe.skipIf(!inCi && !existsSync(backendProgram))("over http", () => {
  test("a branch lives, with a token that is nowhere but in the header", async () => {
    const remote = remoteWith();
    const backend = await startHttpBackend(remote.folder, "x-access-token", "s3cr3t");
    endings.push(() => backend.stop());
    const access = {
      kind: "token",
      user: "x-access-token",
      token: () => Promise.resolve("s3cr3t"),
    } as const;
    const settings = settingsFor(remote, { url: `${backend.url}/remote.git`, access });
    expect(await useIt(open(settings), remote)).toEqual(["main"]);
    expect(backend.authorizations.length).toBeGreaterThan(0);
    const config = readFileSync(join(settings.folder, "config"), "utf8");
    expect(config).not.toContain("s3cr3t");
    const wrong = { ...access, token: () => Promise.resolve("wrong") };
    const folder = join(remote.folder, "wrong");
    const refused = await open({ ...settings, access: wrong, folder }).fetch(never);
    expect(codeOf(refused)).toBe("git_auth_failed");
    expect(JSON.stringify(refused)).not.toContain("wrong:");
    const moved = await open({ ...settings, url: `${backend.url}/moved/remote.git`, folder: `${folder}-2` }).fetch(
      never,
    );
    expect(codeOf(moved)).toBe("git_moved");
    const gone = await open({ ...settings, url: `${backend.url}/nothing.git`, folder: `${folder}-3` }).fetch(never);
    expect(codeOf(gone)).toBe("git_not_found");
    await backend.stop();
    expect(codeOf(await open({ ...settings, folder: `${folder}-4` }).fetch(never))).toBe("git_unreachable");
  });
});
