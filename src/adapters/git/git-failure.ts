import type { Failure } from "../../app/failure.ts";
import { printable, quoted } from "../../core/quoted.ts";
import type { GitAnswer } from "./run-git.ts";

interface Sign {
  readonly seen: RegExp;
  readonly code: string;
  readonly says: (where: string, said: string) => string;
}

/** What git and the other side say, most telling first. Only matched here, so that nobody above looks into messages. */
const signs: readonly Sign[] = [
  {
    seen: /stale info|fetch first|non-fast-forward|reference already exists|cannot lock ref|incorrect old value/i,
    code: "git_branch_moved",
    says: () => "the branch was changed by somebody else meanwhile: it is looked at again",
  },
  {
    seen: /protected branch|GH006|GH013|not allowed to (?:force )?push|branch is protected/i,
    code: "git_branch_protected",
    says: (where, said) =>
      `${where} does not let Postern push to this branch${said}: allow it to branches under \`postern/\``,
  },
  {
    seen: /remote rejected|pre-receive hook declined|push declined/i,
    code: "git_push_refused",
    says: (where, said) => `${where} refused the push${said}`,
  },
  {
    seen: /host key verification failed|no .* host key is known/i,
    code: "git_host_unknown",
    says: (where) =>
      `the host key of ${where} is not the one that is known: compare it with its owner and write it into the known hosts file`,
  },
  {
    seen: /authentication failed|could not read (?:username|password)|invalid credentials|permission denied \(|returned error: 40[13]|access denied|http basic: /i,
    code: "git_auth_failed",
    says: (where, said) =>
      `${where} does not accept the credentials${said}: check the token or the key, and what it may do`,
  },
  {
    seen: /could not resolve (?:host|hostname)|connection refused|connection timed out|network is unreachable|no route to host|failed to connect|connection reset|operation timed out/i,
    code: "git_unreachable",
    says: (where, said) => `${where} cannot be reached${said}`,
  },
  {
    seen: /certificate|ssl_error|schannel|gnutls/i,
    code: "git_untrusted",
    says: (where, said) => `the certificate of ${where} is not trusted${said}: name its authority with \`caFile\``,
  },
  {
    seen: /returned error: 30\d|unable to update url base from redirection/i,
    code: "git_moved",
    says: (where) => `${where} has moved: configure the address that it redirects to`,
  },
  {
    seen: /couldn't find remote ref|remote branch .* not found/i,
    code: "git_no_base",
    says: (where) => `${where} has no such base branch: check \`base\``,
  },
  {
    seen: /repository .*not found|does not appear to be a git repository|returned error: 404|not found$|project you were looking for could not be found/im,
    code: "git_not_found",
    says: (where) => `${where} is not there, or these credentials may not see it: check the address`,
  },
  {
    seen: /\.lock': file exists|another git process/i,
    code: "git_busy",
    says: () => "another git works in the mirror: it is tried again later",
  },
  {
    seen: /no space left on device|disk quota exceeded/i,
    code: "git_disk_full",
    says: () => "the disk that holds the mirror is full",
  },
  {
    seen: /gpg failed to sign|error: (?:load key|signing|couldn't load)|no private key|failed to write commit object|user\.signingkey/i,
    code: "git_signing_failed",
    says: (_, said) => `the commit could not be signed${said}: check the signing key, which must need no passphrase`,
  },
];

/** @param where the address, without anything secret */
export function gitFailure({ stopped, stderr, stdout, status }: GitAnswer, where: string): Failure {
  const place = quoted(where);
  if (stopped === "timeout") return { code: "git_timeout", message: `${place} did not answer in time` };
  if (stopped === "aborted") return { code: "git_aborted", message: "git was stopped" };
  if (stopped === "too-much") return { code: "git_too_much", message: `git answered more than is read of ${place}` };
  if (stopped === "missing") return { code: "git_missing", message: "the program `git` is not installed: install it" };
  if (stopped === "no-folder") {
    return {
      code: "git_no_folder",
      message: `the folder that git is to work in for ${place} is gone: start the server anew`,
    };
  }
  if (stopped === "no-credentials") return { code: "git_credentials", message: printable(stderr).slice(0, 300) };
  const all = `${stderr}\n${stdout.length < 65_536 ? stdout.toString("utf8") : ""}`;
  const sign = signs.find(({ seen }) => seen.test(all));
  const said = sayingOf(all);
  if (sign === undefined) {
    return {
      code: "git_failed",
      message: `git failed with ${place}${said === "" ? ` (status ${status ?? "none"})` : said}`,
    };
  }
  return { code: sign.code, message: sign.says(place, said) };
}

const longestSaying = 200;

/** The other side's own words first, then git's. */
function sayingOf(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const remote = lines.find((line) => /^remote: (?:error|fatal|gitlab|GH)/i.test(line))?.slice(8);
  const own = lines.find((line) =>
    /^(?:fatal|error|ssh): |\(.*declined\)|\[remote rejected\]|denied|refused/i.test(line),
  );
  const first = (remote ?? own ?? "").replace(/^(?:fatal|error): /i, "").replace(/[.\s]+$/, "");
  return first === "" ? "" : ` (${printable(first).slice(0, longestSaying)})`;
}
