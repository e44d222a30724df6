import { ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import { type FoundObject, findObject } from "./find-object.ts";
import { argoPlace } from "./layouts/argo-cd.ts";
import { fleetPlace, nameInFleet } from "./layouts/fleet.ts";
import {
  canGoFromKustomization,
  kustomizationIn,
  nameInKustomization,
  unnameInKustomization,
} from "./layouts/kustomize.ts";
import type { Edits, Placed, Placing } from "./layouts/placing.ts";
import { nameInGenerator, unnameInGenerator } from "./layouts/policy-generator.ts";
import { filledPath, searchFolder } from "./path-template.ts";
import { type FileEdit, folderOf } from "./tree.ts";
import { writeIntoFile, type WrittenInto } from "./write-into-file.ts";

/** What the repository is to become. */
export interface PlacedPolicy {
  /** Where the object stands, or will. */
  readonly path: string;
  readonly files: readonly FileEdit[];
  readonly how: WrittenInto["how"] | "added" | "removed";
}

/** The object as the repository holds it now. */
export async function objectInRepository(placing: Placing): Promise<Result<FoundObject | undefined, Failure>> {
  const place = await placeOf(placing);
  if (!place.ok) return place;
  return findObject(placing.tree, placing.yaml, placing.object, place.value.search, place.value.folders);
}

/**
 * The edits that bring an approved manifest into the repository: into the file that holds the object, whatever it is called, or as a new
 * file that is named wherever the layout wants it named.
 * @param manifest empty: the object is to go
 */
export async function placePolicy(
  placing: Placing,
  manifest: string,
  base: string | undefined,
): Promise<Result<PlacedPolicy, Failure>> {
  const place = await placeOf(placing);
  if (!place.ok) return place;
  const { tree, yaml, object } = placing;
  const found = await findObject(tree, yaml, object, place.value.search, place.value.folders);
  if (!found.ok) return found;
  if (manifest === "") return removed(placing, found.value, place.value.path);
  if (found.value !== undefined) {
    const written = writeIntoFile(yaml, found.value, manifest, base);
    if (!written.ok) return written;
    const { text, how } = written.value;
    const { path } = found.value;
    return ok({ path, files: how === "unchanged" ? [] : [{ path, text }], how });
  }
  const { path } = place.value;
  const there = await tree.read(path);
  if (!there.ok) return there;
  const named = await nameFile(placing, path);
  if (!named.ok) return named;
  const own = manifest.endsWith("\n") ? manifest : `${manifest}\n`;
  const text = there.value === undefined || there.value.trim() === "" ? own : withDocument(there.value, own);
  return ok({ path, files: [{ path, text }, ...named.value], how: "added" });
}

async function removed(
  placing: Placing,
  found: FoundObject | undefined,
  path: string,
): Promise<Result<PlacedPolicy, Failure>> {
  const { kind } = placing.settings.layout;
  if (kind === "kustomize" || kind === "argo-cd") {
    const canGo = await canGoFromKustomization(placing, found?.path ?? path);
    if (!canGo.ok) return canGo;
  }
  if (found === undefined) return ok({ path, files: [], how: "unchanged" });
  const text = placing.yaml.removeObject(found.path, found.text, found.object.at);
  if (!text.ok) return text;
  if (text.value !== undefined)
    return ok({ path: found.path, files: [{ path: found.path, text: text.value }], how: "removed" });
  const unnamed = await unnameFile(placing, found.path);
  if (!unnamed.ok) return unnamed;
  return ok({ path: found.path, files: [{ path: found.path, text: undefined }, ...unnamed.value], how: "removed" });
}

/** A file may hold others already. */
function withDocument(text: string, manifest: string): string {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const own = manifest.replace(/^---[ \t]*\r?\n/, "").replaceAll(/\r?\n/g, newline);
  return `${text}${text.endsWith("\n") ? "" : newline}---${newline}${own}`;
}

async function placeOf(placing: Placing): Promise<Placed> {
  const { settings, object } = placing;
  if (settings.layout.kind === "argo-cd") return argoPlace(placing, settings.layout);
  if (settings.layout.kind === "fleet") return fleetPlace(placing);
  return ok({
    search: settings.search === undefined ? searchFolder(settings.path, object) : filledPath(settings.search, object),
    folders: [],
    path: filledPath(settings.path, object),
  });
}

async function nameFile(placing: Placing, path: string): Promise<Edits> {
  const { layout } = placing.settings;
  switch (layout.kind) {
    case "folders":
      return ok([]);
    case "kustomize":
      return nameInKustomization(placing, path);
    case "argo-cd": {
      const built = await kustomizationIn(placing, folderOf(path));
      if (!built.ok) return built;
      return built.value === undefined ? ok([]) : nameInKustomization(placing, path);
    }
    case "fleet":
      return nameInFleet(placing, path);
    case "policy-generator":
      return nameInGenerator(placing, layout, path);
    default:
      return layout satisfies never;
  }
}

async function unnameFile(placing: Placing, path: string): Promise<Edits> {
  const { layout } = placing.settings;
  if (layout.kind === "policy-generator") return unnameInGenerator(placing, layout, path);
  if (layout.kind === "folders" || layout.kind === "fleet") return ok([]);
  return unnameInKustomization(placing, path);
}
