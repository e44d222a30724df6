import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { HostKind } from "./code-host.ts";
import type { Tree } from "./tree.ts";

const places: Readonly<Record<HostKind, readonly string[]>> = {
  github: [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"],
  gitlab: ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
  gitea: ["CODEOWNERS", "docs/CODEOWNERS", ".gitea/CODEOWNERS", ".forgejo/CODEOWNERS"],
  plain: ["CODEOWNERS"],
};
const mostLines = 5_000;

/** Owners of the paths by the repository's own file, without `@`: users, and teams as `org/team`. Addresses of mail are left out. */
export async function codeOwners(
  tree: Tree,
  kind: HostKind,
  paths: readonly string[],
): Promise<Result<readonly string[], Failure>> {
  for (const place of places[kind]) {
    const text = await tree.read(place);
    if (!text.ok) return fail(text.error);
    if (text.value !== undefined) return ok(ownersOf(text.value, kind, paths));
  }
  return ok([]);
}

/** GitHub and GitLab: the last line that matches wins (in GitLab: of each section). Gitea: patterns are expressions, and all count. */
export function ownersOf(text: string, kind: HostKind, paths: readonly string[]): readonly string[] {
  const owners = new Set<string>();
  for (const path of paths) {
    let section = "";
    let preset: readonly string[] = [];
    const bySection = new Map<string, readonly string[]>();
    for (const raw of text.split("\n", mostLines)) {
      const line = raw.replace(/(?:^|\s)#.*$/, "").trim();
      if (line === "") continue;
      const heading = kind === "gitlab" ? /^\^?\[([^\]]+)\](?:\[\d+\])?\s*(.*)$/.exec(line) : null;
      const [, title, rest = ""] = heading ?? [];
      if (title !== undefined) {
        section = title.toLowerCase();
        preset = namesIn(rest.split(/\s+/));
        continue;
      }
      const [pattern = "", ...said] = line.split(/(?<!\\)\s+/);
      if (!matches(pattern.replaceAll("\\ ", " "), path, kind)) continue;
      const named = namesIn(said);
      const own = named.length === 0 && said.length === 0 ? preset : named;
      bySection.set(section, kind === "gitea" ? [...(bySection.get(section) ?? []), ...own] : own);
    }
    for (const names of bySection.values()) for (const name of names) owners.add(name);
  }
  return [...owners].slice(0, 20);
}

function namesIn(words: readonly string[]): readonly string[] {
  return words.flatMap((word) => (/^@[\w-][\w.-]*(?:\/[\w.-]+)*$/.test(word) ? [word.slice(1)] : []));
}

function matches(pattern: string, path: string, kind: HostKind): boolean {
  // Many wildcards in one line are slow to try, and nobody writes them.
  if (pattern.length > 300 || pattern.startsWith("!") || pattern.split("*").length > 8) return false;
  if (kind === "gitea") return giteaExpression(pattern)?.test(path) ?? false;
  return globExpression(pattern).test(path);
}

/** As in .gitignore: a slash inside or before anchors, one at the end means the folder. */
function globExpression(pattern: string): RegExp {
  const isAnchored = pattern.replace(/\/$/, "").includes("/");
  const body = pattern
    .replace(/^\//, "")
    .replace(/\/$/, "/**")
    .replaceAll(/[.+^${}()|[\]]/g, String.raw`\$&`)
    .replaceAll(/\*\*\/|\*\*|\*|\?/g, (part) =>
      part === "**/" ? "(?:[^/]+/)*" : part === "**" ? ".*" : part === "*" ? "[^/]*" : "[^/]",
    );
  const isWildcardFile = pattern.endsWith("*") && isAnchored && !pattern.endsWith("**");
  return new RegExp(`^${isAnchored ? "" : "(?:.*/)?"}${body}${isWildcardFile ? "" : "(?:/.*)?"}$`);
}

/** Expressions of a repository are not run here as they are: only those made of plain text and `.*`, which is what people write. */
function giteaExpression(pattern: string): RegExp | undefined {
  const plain = pattern.replaceAll(".*", "\u0000").replaceAll(String.raw`\.`, "\u0001");
  if (/[()[\]{}|+?*^$\\]/.test(plain)) return undefined;
  const body = plain.replaceAll("\u0000", ".*").replaceAll("\u0001", String.raw`\.`);
  return new RegExp(`^${body}$`);
}
