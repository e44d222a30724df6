import { ownField } from "../../../core/policy/manifest.ts";
import { quoted } from "../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../core/result.ts";
import type { Failure } from "../../failure.ts";
import { filledPath, searchFolder } from "../path-template.ts";
import type { Layout } from "../repository-settings.ts";
import { folderOf, joined, nameOf } from "../tree.ts";
import type { Placed, Placing } from "./placing.ts";

type ArgoLayout = Extract<Layout, { kind: "argo-cd" }>;

interface Deployed {
  readonly folder: string;
  readonly by: string;
  readonly directory: unknown;
}

/** The folder that an Application deploys to the namespace, or that an ApplicationSet makes an Application of. */
export async function argoPlace(placing: Placing, layout: ArgoLayout): Promise<Placed> {
  const { settings, object } = placing;
  const path = filledPath(settings.path, object);
  const deployed = await applicationsFor(placing, layout, folderOf(path));
  if (!deployed.ok) return deployed;
  const folders = [...new Set(deployed.value.map(({ folder }) => folder))];
  const what = `namespace ${quoted(object.namespace)} of cluster ${quoted(object.cluster)}`;
  if (folders.length === 0) {
    const message = `no Application below ${quoted(layout.applications)} deploys to ${what}: add one, or correct \`servers\``;
    return fail({ code: "gitops_no_application", message });
  }
  const chosen = deployed.value.find(({ folder }) => folder === folderOf(path)) ?? deployed.value[0]!;
  if (folders.length > 1 && chosen.folder !== folderOf(path)) {
    const message = `several Applications deploy to ${what} (${deployed.value.map(({ by }) => quoted(by)).join(", ")}): choose one's folder with \`path\``;
    return fail({ code: "gitops_several_applications", message });
  }
  const file = joined(chosen.folder, nameOf(path));
  const skipped = skippedBy(chosen, nameOf(path));
  if (skipped !== undefined) return fail({ code: "gitops_application_skips", message: skipped });
  const search = settings.search === undefined ? undefined : filledPath(settings.search, object);
  return ok({
    search: search ?? (folders.length === 1 ? chosen.folder : searchFolder(settings.path, object)),
    folders,
    path: file,
  });
}

async function applicationsFor(
  { tree, yaml, settings, object }: Placing,
  layout: ArgoLayout,
  expected: string,
): Promise<Result<readonly Deployed[], Failure>> {
  const files = await tree.filesWith(layout.applications, "argoproj.io/");
  if (!files.ok) return files;
  const deployed: Deployed[] = [];
  for (const path of files.value.filter((file) => /\.ya?ml$|\.json$/.test(file))) {
    const text = await tree.read(path);
    if (!text.ok) return text;
    for (const { kind, name, value } of yaml.objectsIn(path, text.value ?? "")) {
      const spec = ownField(value, "spec");
      const found =
        kind === "Application"
          ? foldersOf(spec, settings.url).filter(() => isFor(ownField(spec, "destination"), object, layout))
          : kind === "ApplicationSet" && makesOneOf(spec, expected)
            ? [{ folder: expected, directory: undefined }]
            : [];
      deployed.push(...found.map((one) => ({ ...one, by: name })));
    }
  }
  return ok(deployed);
}

function foldersOf(spec: unknown, url: string): readonly { readonly folder: string; readonly directory: unknown }[] {
  const sources = ownField(spec, "sources");
  const all = Array.isArray(sources) ? (sources as readonly unknown[]) : [ownField(spec, "source")];
  return all.flatMap((source) => {
    const [path, repository] = [ownField(source, "path"), ownField(source, "repoURL")];
    if (typeof path !== "string" || typeof repository !== "string" || !isSameRepository(repository, url)) return [];
    return [
      {
        folder: path
          .replace(/^\.?\/+/, "")
          .replace(/\/+$/, "")
          .replace(/^\.$/, ""),
        directory: ownField(source, "directory"),
      },
    ];
  });
}

function isFor(destination: unknown, { cluster, namespace }: Placing["object"], { servers }: ArgoLayout): boolean {
  if (namespace !== "" && ownField(destination, "namespace") !== namespace) return false;
  const [name, server] = [ownField(destination, "name"), ownField(destination, "server")];
  if (name === cluster) return true;
  const known = Object.hasOwn(servers, cluster) ? servers[cluster] : undefined;
  if (typeof server !== "string") return name === "in-cluster" && known === inCluster;
  return server.replace(/\/+$/, "") === (known ?? "").replace(/\/+$/, "");
}

const inCluster = "https://kubernetes.default.svc";

/** Whether a generator of directories, at whatever depth, takes the folder and none excludes it. */
function makesOneOf(spec: unknown, folder: string): boolean {
  const generators = ownField(spec, "generators");
  const globs = directoriesOf(generators, 0);
  const matching = globs.filter(({ path }) => matchesGlob(path, folder));
  return matching.length > 0 && matching.every(({ isExcluded }) => !isExcluded);
}

interface Glob {
  readonly path: string;
  readonly isExcluded: boolean;
}

function directoriesOf(generators: unknown, depth: number): readonly Glob[] {
  if (!Array.isArray(generators) || depth > 4) return [];
  return (generators as readonly unknown[]).flatMap((generator) => {
    const directories = ownField(ownField(generator, "git"), "directories");
    const own = Array.isArray(directories)
      ? (directories as readonly unknown[]).flatMap((one): Glob[] => {
          const path = ownField(one, "path");
          return typeof path === "string" ? [{ path, isExcluded: ownField(one, "exclude") === true }] : [];
        })
      : [];
    const nested = ["matrix", "merge"].flatMap((kind) =>
      directoriesOf(ownField(ownField(generator, kind), "generators"), depth + 1),
    );
    return [...own, ...nested];
  });
}

/** As Argo CD matches directories: `*` is one part or some of it. */
function matchesGlob(glob: string, folder: string): boolean {
  const [wanted, parts] = [glob.replace(/\/+$/, "").split("/"), folder.split("/")];
  return (
    wanted.length === parts.length &&
    wanted.every((pattern, i) => new RegExp(`^${asExpression(pattern)}$`).test(parts[i]!))
  );
}

function asExpression(pattern: string): string {
  return pattern
    .slice(0, 100)
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, "[^/]*")
    .replaceAll("?", "[^/]");
}

/** An Application can leave files of its folder out. */
function skippedBy({ by, directory }: Deployed, file: string): string | undefined {
  const [include, exclude] = [ownField(directory, "include"), ownField(directory, "exclude")];
  const fits = (pattern: unknown): boolean =>
    typeof pattern === "string" &&
    pattern
      .replace(/^\{(.*)\}$/, "$1")
      .split(",")
      .some((one) => matchesGlob(one.trim(), file));
  const isSkipped =
    (include !== undefined && include !== "" && !fits(include)) || (exclude !== undefined && fits(exclude));
  return isSkipped
    ? `the Application ${quoted(by)} leaves out files called ${quoted(file)}: choose another name with \`path\``
    : undefined;
}

/** `git@host:team/repo.git` and `https://host/team/repo` are one. */
export function isSameRepository(a: string, b: string): boolean {
  return coreOf(a) === coreOf(b);
}

function coreOf(url: string): string {
  const [, host, path] = /^[\w.-]+@([\w.-]+):(.*)$/.exec(url) ?? [];
  const parsed = host === undefined ? URL.parse(url) : null;
  const text =
    host === undefined ? (parsed === null ? url : `${parsed.hostname}${parsed.pathname}`) : `${host}/${path}`;
  return text
    .toLowerCase()
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}
