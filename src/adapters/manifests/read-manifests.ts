import { type Manifest, ownField, type Path } from "../../core/policy/manifest.ts";
import { isPolicyManifest } from "../../core/policy/read-policy.ts";
import { readDocuments } from "./documents.ts";
import type { ManifestError } from "./manifest-error.ts";
import { type Lines, locateIn, type PlacedValue } from "./places.ts";
import { findSourceFiles, type ManifestIo, readText } from "./source-files.ts";

export const largestFileBytes = 64 * 2 ** 20;

export interface Manifests {
  /** Objects of the kinds that are read, in the order of files and documents. */
  readonly documents: readonly Manifest[];
  /** Other objects by kind, sorted: skipped. `no kind` stands for what is no Kubernetes object. */
  readonly unrelated: ReadonlyMap<string, number>;
  /** Every file that was looked into. */
  readonly files: readonly string[];
  /** Everything that could not be read, of all files. */
  readonly errors: readonly ManifestError[];
}

export interface ReadManifestsOptions {
  /** Which objects are wanted. Default: the policy kinds. */
  readonly isWanted?: (value: unknown) => boolean;
  /** Default {@link largestFileBytes}. */
  readonly limitBytes?: number;
}

/**
 * Reads manifests from files, directories, patterns and `-`. Lists (`kind: List`, `EgressFirewallList`) are taken apart.
 * Every problem of every file is collected and hides nothing else. Only a file that was found in a directory, is no
 * manifest and does not mention any policy kind is passed over (a chart's templates, for instance).
 */
export async function readManifests(
  paths: readonly string[],
  io: ManifestIo,
  options: ReadManifestsOptions = {},
): Promise<Manifests> {
  const { isWanted = isPolicyManifest, limitBytes = largestFileBytes } = options;
  const { files, errors: missing } = await findSourceFiles(paths);
  const errors = [...missing];
  const documents: Manifest[] = [];
  const unrelated = new Map<string, number>();
  const count = (kind: string): void => void unrelated.set(kind, (unrelated.get(kind) ?? 0) + 1);
  for (const { file, isNamed } of files) {
    // One file in memory at a time.
    const text = await readText(file, io, limitBytes);
    if (!text.ok) {
      errors.push(text.error);
      continue;
    }
    if (text.value.trim() === "") {
      if (isNamed) errors.push({ code: "manifest_empty", message: "the file is empty", file });
      continue;
    }
    const read = readDocuments(file, text.value);
    if (read.errors.length > 0 && !isNamed && !mentionsPolicy.test(text.value)) count("unreadable");
    else errors.push(...read.errors);
    for (const placed of read.documents) {
      for (const manifest of objectsOf(file, read.lines, placed)) {
        if (isWanted(manifest.value)) documents.push(manifest);
        else count(kindName(manifest.value));
      }
    }
  }
  const sorted = [...unrelated].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { documents, unrelated: new Map(sorted), files: files.map(({ file }) => file), errors };
}

const mentionsPolicy = /EgressFirewall|EgressNetworkPolicy|NetworkPolicy/i;
const deepestList = 4;

/** The object itself, or the items of a list. Items of a typed list may leave out what the list already says. */
export function objectsOf(file: string, lines: Lines, placed: PlacedValue): readonly Manifest[] {
  const manifests: Manifest[] = [];
  const visit = (value: unknown, path: Path, depth: number): void => {
    const items = ownField(value, "items");
    const kind = ownField(value, "kind");
    if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items) || depth > deepestList) {
      manifests.push({ value, locate: locateIn(file, lines, placed, path) });
      return;
    }
    for (const [i, item] of (items as readonly unknown[]).entries()) {
      visit(completed(item, kind, ownField(value, "apiVersion")), [...path, "items", i], depth + 1);
    }
  };
  visit(placed.value, [], 0);
  return manifests;
}

function completed(item: unknown, listKind: string, apiVersion: unknown): unknown {
  const isObject = typeof item === "object" && item !== null && !Array.isArray(item);
  if (!isObject || listKind === "List" || ownField(item, "kind") !== undefined) return item;
  const kind = listKind.slice(0, -"List".length);
  return ownField(item, "apiVersion") === undefined ? { ...item, apiVersion, kind } : { ...item, kind };
}

function kindName(value: unknown): string {
  const kind = ownField(value, "kind");
  return typeof kind === "string" && /^[A-Za-z]{1,63}$/.test(kind) ? kind : "no kind";
}
