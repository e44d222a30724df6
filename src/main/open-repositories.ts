import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openGitRepository } from "../adapters/git/git-repository.ts";
import type { GitAccess, GitSettings } from "../adapters/git/settings.ts";
import { giteaHost } from "../adapters/gitea/gitea-host.ts";
import { githubHost } from "../adapters/github/github-host.ts";
import { gitlabHost } from "../adapters/gitlab/gitlab-host.ts";
import { plainHost } from "../adapters/plain-git/plain-host.ts";
import { projectIn, readRepositoriesFile } from "../adapters/repositories-config/read-repositories.ts";
import type { ConfiguredRepository } from "../adapters/repositories-config/schema.ts";
import type { Failure } from "../app/failure.ts";
import type { CodeHost } from "../app/gitops/code-host.ts";
import { HostTrouble } from "../app/gitops/host-failure.ts";
import { hostFetch } from "../app/gitops/host-fetch.ts";
import { type OpenRepository, repositoriesOf, type Repositories } from "../app/gitops/repositories.ts";
import { quoted } from "../core/quoted.ts";
import { fail, ok, type Result } from "../core/result.ts";

const gitTimeoutMs = 300_000;

/** Everything that the file names, ready to be worked with; nothing is asked of the other sides yet. */
export async function openRepositories(
  file: string,
  dataFolder: string,
  nowMs: () => number,
): Promise<Result<Repositories, readonly Failure[]>> {
  const read = await readRepositoriesFile(file);
  if (!read.ok) return read;
  const opened: OpenRepository[] = [];
  const failures: Failure[] = [];
  for (const own of read.value) {
    const repository = await openRepository(own, dataFolder, nowMs);
    if (repository.ok) opened.push(repository.value);
    else failures.push({ ...repository.error, message: `repository ${quoted(own.name)}: ${repository.error.message}` });
  }
  return failures.length > 0 ? fail(failures) : ok(repositoriesOf(opened));
}

async function openRepository(
  own: ConfiguredRepository,
  dataFolder: string,
  nowMs: () => number,
): Promise<Result<OpenRepository, Failure>> {
  const { access, kind } = own;
  const keyFile = access.app?.privateKeyFile;
  let privateKey = "";
  try {
    if (keyFile !== undefined) privateKey = await readFile(keyFile, "utf8");
  } catch {
    return fail({ code: "repositories_secret", message: `the key of the App ${quoted(keyFile)} cannot be read` });
  }
  const hosted = kind === "plain" ? undefined : hostOf(own, privateKey);
  const git = openGitRepository({
    url: own.url,
    base: own.base,
    folder: resolve(join(dataFolder, "git", own.name)),
    author: own.author,
    access: gitAccess(own, hosted?.gitToken),
    caFile: own.caFile === undefined ? undefined : resolve(own.caFile),
    signing: signingOf(own),
    timeoutMs: gitTimeoutMs,
  });
  if (!git.ok) return git;
  const { webhookSecretFile } = own;
  return ok({
    settings: { ...own, search: own.search, pollMs: own.pollSeconds * 1000 },
    git: git.value,
    host: hosted?.host ?? plainHost(git.value, own.base, nowMs),
    authorEmail: own.author.email,
    webhookSecret: webhookSecretFile === undefined ? undefined : async () => secretOf(webhookSecretFile),
  });
}

interface Hosted {
  readonly host: CodeHost;
  readonly gitToken: () => Promise<string>;
}

function hostOf(own: ConfiguredRepository, privateKey: string): Hosted {
  const { access, kind, url, api } = own;
  const project = own.project ?? projectIn(url) ?? "";
  const slash = project.lastIndexOf("/");
  const [owner, repo] = [project.slice(0, slash), project.slice(slash + 1)];
  const token = async (): Promise<string> => secretOf(access.tokenFile ?? "");
  const origin = originOf(url);
  const isPublic = new URL(origin).hostname === "github.com";
  const apis = {
    gitlab: origin,
    gitea: `${origin}/api/v1`,
    github: isPublic ? "https://api.github.com" : `${origin}/api/v3`,
    plain: origin,
  };
  const at = api ?? apis[kind];
  const fetchHost = hostFetch({ caFile: own.caFile, origin: new URL(at).origin });
  if (kind === "gitlab") return { host: gitlabHost({ project, host: at, token }, fetchHost), gitToken: token };
  if (kind === "gitea") return { host: giteaHost({ owner, repo, api: at, token }, fetchHost), gitToken: token };
  const auth =
    access.app === undefined
      ? ({ kind: "token", token } as const)
      : ({ kind: "app", appId: access.app.id, installationId: access.app.installation, privateKey } as const);
  return githubHost({ owner, repo, api: at, auth }, fetchHost);
}

function originOf(url: string): string {
  const host = /^[\w.-]+@([\w.-]+):/.exec(url)?.[1] ?? URL.parse(url)?.hostname ?? "localhost";
  const parsed = URL.parse(url);
  return parsed?.protocol === "https:" || parsed?.protocol === "http:" ? parsed.origin : `https://${host}`;
}

/** Users that hosts expect beside a token; others take any. */
const tokenUsers = { github: "x-access-token", gitlab: "oauth2", gitea: "oauth2", plain: "git" } as const;

function gitAccess(
  { access, url, kind }: ConfiguredRepository,
  gitToken: (() => Promise<string>) | undefined,
): GitAccess {
  if (access.sshKeyFile !== undefined && access.knownHostsFile !== undefined && !url.startsWith("http")) {
    return { kind: "ssh", keyFile: resolve(access.sshKeyFile), knownHostsFile: resolve(access.knownHostsFile) };
  }
  if (!url.startsWith("http")) return { kind: "none" };
  const { tokenFile, user = tokenUsers[kind] } = access;
  const token = gitToken ?? (tokenFile === undefined ? undefined : async () => secretOf(tokenFile));
  return token === undefined ? { kind: "none" } : { kind: "token", user, token: async () => token() };
}

function signingOf({ signing }: ConfiguredRepository): GitSettings["signing"] {
  if (signing === undefined) return undefined;
  return "sshKeyFile" in signing
    ? { format: "ssh", keyFile: resolve(signing.sshKeyFile) }
    : { format: "openpgp", home: resolve(signing.gnupgHome), key: signing.key };
}

/** Read at each use, so that a renewed secret holds. */
async function secretOf(file: string): Promise<string> {
  try {
    const text = (await readFile(file, "utf8")).trim();
    if (text !== "") return text;
  } catch {
    // Told below, without the system's words: the path is enough.
  }
  throw new HostTrouble({
    code: "repositories_secret",
    message: `the file ${quoted(file)} cannot be read or is empty`,
  });
}
