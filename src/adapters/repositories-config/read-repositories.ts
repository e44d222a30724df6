import { readFile } from "node:fs/promises";
import { getSystemErrorMessage } from "node:util";
import { isMap, isNode, isPair, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import type { Failure } from "../../app/failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { type ConfiguredRepository, repositoriesFile } from "./schema.ts";

const longestFile = 1 << 20;

/** Every mistake is told, as `file:line:column: option text`. */
export async function readRepositoriesFile(
  path: string,
): Promise<Result<readonly ConfiguredRepository[], readonly Failure[]>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return fail([unreadable(path, error)]);
  }
  if (text.length > longestFile) {
    const message = `${quoted(path)} is larger than 1 MiB: no configuration is`;
    return fail([{ code: "repositories_unreadable", message }]);
  }
  return readRepositories(text, path);
}

export function readRepositories(
  text: string,
  file: string,
): Result<readonly ConfiguredRepository[], readonly Failure[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    return fail(
      document.errors.map(({ pos, message }): Failure => {
        const said = message
          .split("\n")[0]!
          .replace(/ at line .*$/, "")
          .replace(/:$/, "");
        return { code: "repositories_syntax", message: `${at(pos[0])}: ${said[0]?.toLowerCase()}${said.slice(1)}` };
      }),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    // They name nothing, or grow a small file into a large value.
    const message = `${file}: its aliases (\`*name\`) cannot be followed; write the values out`;
    return fail([{ code: "repositories_syntax", message }]);
  }
  const read = repositoriesFile.safeParse(value, { reportInput: true });
  const issues: Issue[] = read.success
    ? read.data.repositories.flatMap((own, i) => mistakesOf(own, i, read.data.repositories))
    : read.error.issues.map((issue) => ({
        path: issue.path,
        text: wordsOf(issue),
        keys: "keys" in issue ? issue.keys : [],
      }));
  if (read.success && issues.length === 0) return ok(read.data.repositories);
  return fail(
    issues.map((issue): Failure => {
      const name = pathText(issue.path);
      const sentence =
        name === "" ? `the file ${issue.text}` : `\`${name}\`${issue.text.startsWith("`") ? ":" : ""} ${issue.text}`;
      return { code: "repositories_invalid", message: `${at(offsetOf(document, issue))}: ${sentence}` };
    }),
  );
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly text: string;
  readonly keys?: readonly string[];
}

/** What no single option says. */
function mistakesOf(own: ConfiguredRepository, i: number, all: readonly ConfiguredRepository[]): readonly Issue[] {
  const found: Issue[] = [];
  const add = (option: string, text: string): void => {
    found.push({ path: ["repositories", i, ...option.split(".")], text });
  };
  const { access, kind, url } = own;
  const isSsh = url.startsWith("ssh://") || /^[\w.-]+@[\w.-]+:/.test(url);
  if (all.findIndex(({ name }) => name === own.name) < i)
    add("name", `is ${quoted(own.name)} again; give each repository a name of its own`);
  if (/^[a-z]+:\/\/[^/]*:[^/]*@/.test(url)) add("url", "holds a password; name a file with `access.tokenFile` instead");
  if (access.app !== undefined && kind !== "github") add("access.app", "is for `kind: github` alone");
  if (access.app !== undefined && access.tokenFile !== undefined)
    add("access.app", "stands beside a token: name one of them");
  if (kind !== "plain" && access.app === undefined && access.tokenFile === undefined) {
    add("access", `has no \`tokenFile\`${kind === "github" ? " or `app`" : ""}: pull requests need one`);
  }
  if (isSsh && (access.sshKeyFile === undefined || access.knownHostsFile === undefined)) {
    add("access", "has no `sshKeyFile` and `knownHostsFile`, which an address over ssh needs");
  }
  if (kind !== "plain" && own.project === undefined && projectIn(url) === undefined) {
    add("project", "is missing: the address does not say `owner/name`");
  }
  if (kind === "plain" && own.webhookSecretFile !== undefined)
    add("webhookSecretFile", "is for hosts: Git alone sends no webhooks");
  if (kind === "gitea" && own.api === undefined && isSsh)
    add("api", "is missing: an address over ssh does not say where the API is");
  return found;
}

/** `platform/policies` of `https://git.example.com/platform/policies.git`. */
export function projectIn(url: string): string | undefined {
  const path = /^[\w.-]+@[\w.-]+:(.*)$/.exec(url)?.[1] ?? URL.parse(url)?.pathname;
  const clean = path?.replaceAll(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return clean?.includes("/") === true ? clean : undefined;
}

type ZodIssue = z.core.$ZodIssue;

function wordsOf(issue: ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is missing" : `is to be a ${issue.expected}, not ${quoted(issue.input)}`;
    case "unrecognized_keys":
      return `has no option ${issue.keys.map(quoted).join(", ")}`;
    case "invalid_value":
      return `is to be ${issue.values.map((value) => `\`${String(value)}\``).join(" or ")}`;
    case "too_small":
      return `is to be at least ${String(issue.minimum)}`;
    case "too_big":
      return `is to be at most ${String(issue.maximum)}`;
    case "invalid_union": {
      // Only `layout` and `signing` have several forms.
      const kinds =
        issue.path.at(-1) === "kind"
          ? ": there are `folders`, `kustomize`, `argo-cd`, `fleet`, `policy-generator`"
          : "";
      return `is none of the forms that it can have${kinds}`;
    }
    case "invalid_format":
      return issue.message.startsWith("is ") ? issue.message : `is no ${issue.format}: ${quoted(issue.input)}`;
    default:
      return issue.message;
  }
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}${text === "" ? "" : "."}${String(key)}`),
    "",
  );
}

/** Where the option is written, or the closest thing around it. */
function offsetOf(document: ReturnType<typeof parseDocument>, { path, keys = [] }: Issue): number {
  const around: unknown = document.getIn(path, true);
  const pair = isMap(around)
    ? around.items.find((item) => isPair(item) && isNode(item.key) && keys.includes(String(item.key)))
    : undefined;
  if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function unreadable(path: string, error: unknown): Failure {
  const { code, errno } = error as { readonly code?: string; readonly errno?: number };
  if (code === "EACCES") return { code: "repositories_no_permission", message: `${quoted(path)} may not be read` };
  if (code === "ENOENT") return { code: "repositories_unreadable", message: `${quoted(path)} does not exist` };
  const why = errno === undefined ? String(error) : getSystemErrorMessage(errno);
  return { code: "repositories_unreadable", message: `${quoted(path)} cannot be read: ${why}` };
}
