import { ownField } from "../../../core/policy/manifest.ts";
import { policyKindOf } from "../../../core/policy/read-policy.ts";
import { quoted } from "../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../core/result.ts";
import type { Failure } from "../../failure.ts";
import { folderOf, joined, nameOf, relativeTo, resolvedFrom } from "../tree.ts";
import type { Edits, Placing } from "./placing.ts";

const names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const deepest = 8;

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
  const isPatch = await baseHolds(placing, near.value, 0);
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

/** Looks through what the Kustomization builds upon, inside this repository. */
async function baseHolds(placing: Placing, from: Kustomization, depth: number): Promise<Result<boolean, Failure>> {
  if (depth > deepest) {
    return fail({
      code: "gitops_kustomize_depth",
      message: `${quoted(from.path)} builds upon bases more than ${deepest} deep`,
    });
  }
  const { tree, yaml, object } = placing;
  const folder = folderOf(from.path);
  for (const entry of [
    ...entriesOf(from.value, "resources"),
    ...entriesOf(from.value, "bases"),
    ...entriesOf(from.value, "components"),
  ]) {
    const path = typeof entry === "string" && !entry.includes("://") ? resolvedFrom(folder, entry) : undefined;
    if (path === undefined || path === folder) continue;
    const text = /\.(?:ya?ml|json)$/i.test(path) ? await tree.read(path) : ok(undefined);
    if (!text.ok) return text;
    if (text.value !== undefined) {
      const isHere = yaml
        .objectsIn(path, text.value)
        .some(
          ({ value, name, namespace }) =>
            policyKindOf(value) === object.kind &&
            name === object.name &&
            (namespace === "" || namespace === object.namespace),
        );
      if (isHere) return ok(true);
      continue;
    }
    const below = await kustomizationIn(placing, path);
    if (!below.ok) return below;
    if (below.value === undefined) continue;
    const held = await baseHolds(placing, below.value, depth + 1);
    if (!held.ok || held.value) return held;
  }
  return ok(false);
}
