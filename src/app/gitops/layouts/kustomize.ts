import { ownField } from "../../../core/policy/manifest.ts";
import { policyKindOf } from "../../../core/policy/read-policy.ts";
import { quoted } from "../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../core/result.ts";
import type { Failure } from "../../failure.ts";
import { folderOf, joined, nameOf, relativeTo, resolvedFrom } from "../tree.ts";
import type { Edits, Placing } from "./placing.ts";

const names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const mostBuiltUpon = 200;

export interface Kustomization {
  readonly path: string;
  readonly text: string;
  readonly value: unknown;
}

/** The Kustomization of a folder itself. */
export async function kustomizationIn(
  { tree, yaml }: Pick<Placing, "tree" | "yaml">,
  folder: string,
): Promise<Result<Kustomization | undefined, Failure>> {
  for (const name of names) {
    const path = joined(folder, name);
    const text = await tree.read(path);
    if (!text.ok) return text;
    if (text.value === undefined) continue;
    const value = yaml.valueOf(path, text.value);
    return value.ok ? ok({ path, text: text.value, value: value.value }) : value;
  }
  return ok(undefined);
}

/**
 * Names a new file in the nearest Kustomization, or makes one beside it. Where a base of that Kustomization has the object already, the file is a
 * patch of it: two resources of one name would not build.
 */
export async function nameInKustomization(placing: Placing, path: string): Promise<Edits> {
  const near = await nearest(placing, folderOf(path));
  if (!near.ok) return near;
  if (near.value === undefined) {
    const text = `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- ${nameOf(path)}\n`;
    return ok([{ path: joined(folderOf(path), "kustomization.yaml"), text }]);
  }
  const { path: file, text, value } = near.value;
  const entry = relativeTo(folderOf(file), path);
  if (namesFile(value, entry)) return ok([]);
  const isPatch = await baseHolds(placing, near.value);
  if (!isPatch.ok) return isPatch;
  const edited = isPatch.value
    ? placing.yaml.addEntry(file, text, ["patches"], { path: entry })
    : placing.yaml.addEntry(file, text, ["resources"], entry);
  return edited.ok ? ok([{ path: file, text: edited.value }]) : edited;
}

/** Takes a file that is deleted out of the Kustomization that names it. */
export async function unnameInKustomization(placing: Placing, path: string): Promise<Edits> {
  const near = await nearest(placing, folderOf(path));
  if (!near.ok || near.value === undefined) return near.ok ? ok([]) : near;
  const { path: file, text } = near.value;
  const entry = relativeTo(folderOf(file), path);
  let now = text;
  for (const list of ["resources", "patches", "patchesStrategicMerge"]) {
    const edited = placing.yaml.removeEntries(file, now, [list], (item) => isEntry(item, entry));
    if (!edited.ok) return edited;
    now = edited.value;
  }
  return ok(now === text ? [] : [{ path: file, text: now }]);
}

/**
 * Refuses where the object would stay although its file goes: a Kustomization builds upon one that has it.
 * @param path of the file that goes; where there is none, of the one that it would have
 */
export async function canGoFromKustomization(placing: Placing, path: string): Promise<Result<undefined, Failure>> {
  const near = await nearest(placing, folderOf(path));
  if (!near.ok) return near;
  const isHeld = near.value === undefined ? ok(false) : await baseHolds(placing, near.value, path);
  if (!isHeld.ok) return isHeld;
  if (!isHeld.value) return ok(undefined);
  const { kind, name } = placing.object;
  const message =
    `${quoted(near.value!.path)} builds upon a base that has ${kind} ${quoted(name)}, which others may build upon as well: ` +
    "take it out there by hand, or delete it in the overlay with a patch";
  return fail({ code: "gitops_held_by_base", message });
}

async function nearest(placing: Placing, folder: string): Promise<Result<Kustomization | undefined, Failure>> {
  for (let at = folder; ; at = folderOf(at)) {
    const found = await kustomizationIn(placing, at);
    if (!found.ok || found.value !== undefined || at === "") return found;
  }
}

function namesFile(value: unknown, entry: string): boolean {
  return ["resources", "patches", "patchesStrategicMerge"].some((list) =>
    entriesOf(value, list).some((item) => isEntry(item, entry)),
  );
}

function isEntry(item: unknown, entry: string): boolean {
  const said = typeof item === "string" ? item : ownField(item, "path");
  return typeof said === "string" && said.replace(/^\.\//, "") === entry;
}

function entriesOf(value: unknown, list: string): readonly unknown[] {
  const found = ownField(value, list);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

/**
 * Looks through what the Kustomization builds upon, inside this repository; each file once, and not without end.
 * @param except a file that does not count
 */
async function baseHolds(placing: Placing, from: Kustomization, except?: string): Promise<Result<boolean, Failure>> {
  const { tree } = placing;
  const seen = new Set<string>();
  const waiting = [from];
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    for (const path of builtUpon(at)) {
      if (seen.has(path) || path === except) continue;
      seen.add(path);
      if (seen.size > mostBuiltUpon) {
        const message = `${quoted(from.path)} builds upon more than ${mostBuiltUpon} files and folders: Postern cannot tell what it holds`;
        return fail({ code: "gitops_kustomize_depth", message });
      }
      const text = /\.(?:ya?ml|json)$/i.test(path) ? await tree.read(path) : ok(undefined);
      if (!text.ok) return text;
      if (text.value === undefined) {
        const below = await kustomizationIn(placing, path);
        if (!below.ok) return below;
        if (below.value !== undefined) waiting.push(below.value);
      } else if (holdsObject(placing, path, text.value)) return ok(true);
    }
  }
  return ok(false);
}

function builtUpon({ path: file, value }: Kustomization): readonly string[] {
  const entries = ["resources", "bases", "components"].flatMap((list) => entriesOf(value, list));
  return entries.flatMap((entry) => {
    const path = typeof entry === "string" && !entry.includes("://") ? resolvedFrom(folderOf(file), entry) : undefined;
    return path ?? [];
  });
}

function holdsObject({ yaml, object }: Placing, path: string, text: string): boolean {
  return yaml
    .objectsIn(path, text)
    .some(
      ({ value, name, namespace }) =>
        policyKindOf(value) === object.kind &&
        name === object.name &&
        (namespace === "" || namespace === object.namespace),
    );
}
