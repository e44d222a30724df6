import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import type { Failure } from "../../app/failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";

/** How a cluster is asked about itself. */
export type ClusterSettings = { readonly name: string } & (
  | { readonly from: "api"; readonly kubeconfig: string | undefined; readonly context: string | undefined }
  /** Files that somebody keeps up to date; absolute paths. */
  | { readonly from: "files"; readonly dump: readonly string[]; readonly policies: readonly string[] }
);

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "is to be a name as observers have it, such as `east`");
const paths = z.array(z.string().min(1)).max(100);
const byApi = z.strictObject({
  name,
  kubeconfig: z.string().min(1).optional(),
  context: z.string().min(1).optional(),
});
const byFiles = z.strictObject({ name, dump: paths.default([]), policies: paths.default([]) });
const file = z.strictObject({
  clusters: z
    .array(z.union([byApi, byFiles]))
    .min(1, "is to name at least one cluster")
    .max(200),
});
const largestBytes = 1 << 20;

/**
 * Reads the file. Without `kubeconfig` a cluster is the one that the server runs in, or the one of the usual kubeconfig; relative
 * paths are from the file.
 */
export async function readClustersFile(path: string): Promise<Result<readonly ClusterSettings[], readonly Failure[]>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return fail([refusal(path, `it cannot be read (${(error as NodeJS.ErrnoException).code ?? "no reason told"})`)]);
  }
  if (text.length > largestBytes) return fail([refusal(path, "it is larger than 1 MiB, which no list of clusters is")]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    return fail(document.errors.map(({ message, pos: [at] }) => refusal(`${path}:${lines.linePos(at).line}`, message)));
  }
  let value: unknown;
  try {
    // Aliases grow a small file into a large value; this one has nothing to share.
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    return fail([refusal(path, "it uses YAML aliases; write the values out")]);
  }
  const read = file.safeParse(value);
  if (!read.success) {
    return fail(
      read.error.issues.map((issue) => {
        const node = document.getIn(issue.path as (string | number)[], true) as { range?: [number] } | undefined;
        const line = node?.range === undefined ? "" : `:${lines.linePos(node.range[0]).line}`;
        const where = issue.path.length === 0 ? "the file" : quoted(issue.path.join("."));
        return refusal(`${path}${line}`, `${where}: ${meaning(issue)}`);
      }),
    );
  }
  const { clusters } = read.data;
  const twice = clusters.find((one, i) => clusters.findIndex((other) => other.name === one.name) < i);
  if (twice !== undefined) return fail([refusal(path, `${quoted(twice.name)} stands there twice`)]);
  const absolute = (own: string): string => resolve(dirname(path), own);
  return ok(
    clusters.map((one): ClusterSettings => {
      if ("dump" in one) {
        return { name: one.name, from: "files", dump: one.dump.map(absolute), policies: one.policies.map(absolute) };
      }
      const { kubeconfig, context } = one;
      return {
        name: one.name,
        from: "api",
        kubeconfig: kubeconfig === undefined ? undefined : absolute(kubeconfig),
        context,
      };
    }),
  );
}

function meaning(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_union") {
    return "is to have `name` and either `kubeconfig` and `context`, or `dump` and `policies`, and nothing else";
  }
  if (issue.code === "unrecognized_keys") return `there is no ${issue.keys.map(quoted).join(", ")} here`;
  return issue.path.length === 0 ? "is to hold `clusters:` with a list below it" : issue.message;
}

function refusal(where: string, why: string): Failure {
  return { code: "clusters_config", message: `${quoted(where)}: ${why}` };
}
