import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitSettings } from "./settings.ts";

/** What no repository, no home folder and no system file may change. */
const fixed: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.attributesFile", "/dev/null"],
  ["credential.helper", ""],
  ["protocol.allow", "never"],
  ["http.followRedirects", "false"],
  ["gc.autoDetach", "false"],
  ["maintenance.auto", "false"],
  ["advice.detachedHead", "false"],
  ["init.defaultBranch", "main"],
  ["push.gpgSign", "false"],
  ["submodule.recurse", "false"],
];

/**
 * Everything git is told, by environment: nothing secret is ever in an argument, an address or a file. Only the transport that the
 * address means may start.
 */
export async function gitEnvironment(
  settings: GitSettings,
  scheme: string,
  needsRemote: boolean,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const config: (readonly [string, string])[] = [...fixed, [`protocol.${scheme}.allow`, "always"]];
  const { access, signing, caFile, author } = settings;
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    HOME: settings.folder,
    LC_ALL: "C.UTF-8",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    SSH_ASKPASS_REQUIRE: "never",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_DIR: settings.folder,
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
  };
  for (const proxy of ["HTTPS_PROXY", "https_proxy", "http_proxy", "NO_PROXY", "no_proxy"]) {
    const value = process.env[proxy];
    if (value !== undefined) env[proxy] = value;
  }
  if (needsRemote && access.kind === "token") {
    const token = await access.token(signal);
    const basic = Buffer.from(`${access.user}:${token}`).toString("base64");
    // For this origin alone.
    config.push([`http.${new URL(settings.url).origin}/.extraHeader`, `Authorization: Basic ${basic}`]);
  }
  if (needsRemote && access.kind === "ssh") {
    const file = join(settings.folder, "postern-ssh-config");
    await mkdir(settings.folder, { recursive: true });
    await writeFile(file, sshConfig(access.keyFile, access.knownHostsFile), { mode: 0o600 });
    env.POSTERN_SSH_CONFIG = file;
    // Git hands this to a shell: it is constant, and paths stay values.
    env.GIT_SSH_COMMAND = 'exec ssh -F "$POSTERN_SSH_CONFIG"';
    env.GIT_SSH_VARIANT = "ssh";
  }
  if (caFile !== undefined) config.push(["http.sslCAInfo", caFile]);
  if (signing !== undefined) {
    config.push(["gpg.format", signing.format]);
    config.push(["user.signingKey", signing.format === "ssh" ? signing.keyFile : signing.key]);
    if (signing.format === "openpgp") env.GNUPGHOME = signing.home;
  }
  env.GIT_CONFIG_COUNT = String(config.length);
  for (const [i, [key, value]] of config.entries()) {
    env[`GIT_CONFIG_KEY_${i}`] = key;
    env[`GIT_CONFIG_VALUE_${i}`] = value;
  }
  return env;
}

function sshConfig(keyFile: string, knownHostsFile: string): string {
  const options = {
    BatchMode: "yes",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: sshPath(knownHostsFile),
    GlobalKnownHostsFile: "/dev/null",
    UpdateHostKeys: "no",
    IdentityFile: sshPath(keyFile),
    IdentitiesOnly: "yes",
    IdentityAgent: "none",
    PreferredAuthentications: "publickey",
    ForwardAgent: "no",
    ClearAllForwardings: "yes",
    ControlPath: "none",
    ConnectTimeout: "20",
    ServerAliveInterval: "15",
    ServerAliveCountMax: "4",
  };
  return `Host *\n${Object.entries(options)
    .map(([key, value]) => `  ${key} ${value}\n`)
    .join("")}`;
}

/** @throws when a path cannot be written into the file: the configuration refuses it before */
function sshPath(path: string): string {
  if (/["\p{Cc}]/u.test(path)) throw new Error("a path for ssh holds a quotation mark or a control character");
  return `"${path.replaceAll("%", "%%")}"`;
}
