import type { Failure } from "../../app/failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";

const schemes = { "https:": "https", "http:": "http", "ssh:": "ssh", "file:": "file" } as const;
type Scheme = (typeof schemes)[keyof typeof schemes];

/** Which of git's transports an address means; no other is ever let start. */
export function schemeOf(url: string): Result<Scheme, Failure> {
  const refuse = (why: string): Result<never, Failure> => fail({ code: "git_address", message: why });
  const shown = url.includes("@") && url.includes(":") && /:[^/]*@/.test(url) ? "the address" : quoted(url);
  // What a shell or git itself could take for something else: `ext::`, options, control characters.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f]|::/.test(url) || url.startsWith("-"))
    return refuse(`${shown} is no address of a repository`);
  if (/^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^/:][^:]*$/.test(url)) return ok("ssh");
  const parsed = URL.parse(url);
  const scheme = parsed === null ? undefined : schemes[parsed.protocol as keyof typeof schemes];
  if (parsed === null || scheme === undefined) {
    return refuse(
      `${shown} is no address of a repository: write \`https://…\`, \`ssh://…\`, \`git@host:path\` or \`file:///…\``,
    );
  }
  if (parsed.password !== "" || (scheme !== "ssh" && parsed.username !== "")) {
    return refuse("the address holds a user or a password: name a file with the token instead");
  }
  if (parsed.search !== "" || parsed.hash !== "")
    return refuse(`${shown} has a query or a fragment, which no repository has`);
  return ok(scheme);
}

/** What git allows as a branch (git-check-ref-format), and a little less. */
export function isBranchName(name: string): boolean {
  return (
    name.length <= 200 &&
    /^[A-Za-z0-9_][A-Za-z0-9._/+@-]*$/.test(name) &&
    !/\.\.|\/\/|\/\.|@\{|\.lock(?:\/|$)|[./]$/.test(name) &&
    name !== "@"
  );
}

export function isCommitId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** A file inside a repository: relative, without a way out and without git's own folder. */
export function isTreePath(path: string): boolean {
  if (path === "" || path.length > 400 || /\p{Cc}|\\/u.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git");
}
