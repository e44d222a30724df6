import { ownField } from "../../core/policy/manifest.ts";
import { policyKindOf } from "../../core/policy/read-policy.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { PlacedObject } from "./placed-object.ts";
import type { RepositoryObject, RepositoryYaml } from "./repository-yaml.ts";
import { folderOf, joined, type Tree } from "./tree.ts";

export interface FoundObject {
  readonly path: string;
  readonly text: string;
  readonly object: RepositoryObject;
}

const mostFiles = 2_000;
const manifestFile = /\.(?:ya?ml|json)$/i;

/**
 * The object where the repository holds it, whatever the file is called and how many documents it has. Without a namespace of its own it
 * counts when the Kustomization or the bundle of its folder gives that one. Fails when it is found twice: nobody could say which is deployed.
 * @param folders that are deployed to the namespace itself, whose files need not name it
 */
export async function findObject(
  tree: Tree,
  yaml: RepositoryYaml,
  object: PlacedObject,
  under: string,
  folders: readonly string[] = [],
): Promise<Result<FoundObject | undefined, Failure>> {
  const candidates = await tree.filesWith(under, object.kind.replace(/^Calico/, ""));
  if (!candidates.ok) return candidates;
  const paths = candidates.value.filter((path) => manifestFile.test(path));
  if (paths.length > mostFiles) {
    const message = `more than ${mostFiles} files below ${quoted(under)} name the kind ${object.kind}: narrow \`search\``;
    return fail({ code: "gitops_too_many_files", message });
  }
  const found: FoundObject[] = [];
  for (const path of paths) {
    const text = await tree.read(path);
    if (!text.ok) return text;
    if (text.value === undefined) continue;
    for (const own of yaml.objectsIn(path, text.value)) {
      if (policyKindOf(own.value) !== object.kind || own.name !== object.name) continue;
      const fits =
        own.namespace === object.namespace ||
        (own.namespace === "" &&
          (folders.includes(folderOf(path)) || (await givenNamespace(tree, yaml, path)) === object.namespace));
      if (fits) found.push({ path, text: text.value, object: own });
    }
  }
  const [first, second] = found;
  if (first !== undefined && second !== undefined) {
    const message =
      `${object.kind} ${quoted(object.name)} of namespace ${quoted(object.namespace)} stands in ${placeOf(first)} and in ` +
      `${placeOf(second)}: name the folder that is deployed with \`search\`, or delete one`;
    return fail({ code: "gitops_found_twice", message });
  }
  return ok(first);
}

function placeOf({ path, object }: FoundObject): string {
  return `${quoted(path)}${object.at.line === undefined ? "" : ` line ${object.at.line}`}`;
}

/** What Kustomize or Fleet would give it. */
async function givenNamespace(tree: Tree, yaml: RepositoryYaml, path: string): Promise<string | undefined> {
  const folder = folderOf(path);
  for (const [name, keys] of givers) {
    const file = joined(folder, name);
    const text = await tree.read(file);
    if (!text.ok || text.value === undefined) continue;
    const value = yaml.valueOf(file, text.value);
    if (!value.ok) continue;
    for (const key of keys) {
      const given = ownField(value.value, key);
      if (typeof given === "string" && given !== "") return given;
    }
  }
  return undefined;
}

const givers: readonly (readonly [string, readonly string[]])[] = [
  ["kustomization.yaml", ["namespace"]],
  ["kustomization.yml", ["namespace"]],
  ["Kustomization", ["namespace"]],
  ["fleet.yaml", ["namespace", "defaultNamespace"]],
];
