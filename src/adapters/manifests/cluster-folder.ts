import { stat } from "node:fs/promises";
import type { ClusterReader, LivePolicy } from "../../app/judge/cluster-reader.ts";
import { liveObject } from "../../app/judge/live-object.ts";
import { isPolicyManifest } from "../../core/policy/read-policy.ts";
import type { ClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import { readDocuments } from "./documents.ts";
import { documentAt } from "./edit-manifest.ts";
import { formatManifestError } from "./manifest-error.ts";
import { printObject } from "./print-object.ts";
import { readCluster } from "./read-cluster.ts";
import { largestFileBytes, objectsOf } from "./read-manifests.ts";
import { findSourceFiles, type ManifestIo, readText } from "./source-files.ts";

export interface ClusterFolder {
  /** As edges have it. */
  readonly cluster: string;
  /** What `oc get … -o yaml` wrote; empty: nothing is known but the policies. */
  readonly dump: readonly string[];
  /** Manifests in force. */
  readonly policies: readonly string[];
  /** What is said of objects without a status of their own; left out: nothing. */
  readonly status?: Pick<LivePolicy, "status" | "isApplied">;
}

interface Contents {
  readonly print: string;
  readonly facts: ClusterFacts | undefined;
  readonly byNamespace: ReadonlyMap<string, readonly LivePolicy[]>;
}

const io: ManifestIo = { stdin: nothing() };
async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Files are looked at anew no more often than this. */
const restMs = 1_000;

/**
 * A cluster that is known from files: a dump and the manifests that are in force. Read again when a file changes; what cannot be
 * read is told once, and what was read before stays.
 */
export function clusterFolder(
  folder: ClusterFolder,
  { nowMs, onTrouble }: { readonly nowMs: () => number; readonly onTrouble: (message: string) => void },
): ClusterReader {
  let contents: Contents | undefined;
  let checkedAtMs = -Infinity;
  let failedPrint: string | undefined;
  let underWay: Promise<void> | undefined;
  const check = async (): Promise<void> => {
    const print = await fingerprint([...folder.dump, ...folder.policies]);
    checkedAtMs = nowMs();
    if (print === contents?.print || print === failedPrint) return;
    const read = await readContents(folder, print);
    if (typeof read === "string") {
      failedPrint = print;
      onTrouble(read);
    } else contents = read;
  };
  const fresh = async (cluster: string): Promise<Contents | undefined> => {
    if (cluster !== folder.cluster) return undefined;
    if (nowMs() - checkedAtMs >= restMs) {
      underWay ??= check().finally(() => {
        underWay = undefined;
      });
    }
    await underWay;
    return contents;
  };
  return {
    facts: async (cluster) => (await fresh(cluster))?.facts,
    policies: async ({ cluster, namespace }) => {
      const known = await fresh(cluster);
      if (known === undefined) return undefined;
      return [...(known.byNamespace.get(namespace) ?? []), ...(known.byNamespace.get("") ?? [])];
    },
  };
}

/** Changes with the names, sizes and times of the files. */
async function fingerprint(paths: readonly string[]): Promise<string> {
  const { files } = await findSourceFiles(paths);
  const parts = await Promise.all(
    files.map(async ({ file }) => {
      const { size, mtimeMs } = await stat(file).catch(() => ({ size: -1, mtimeMs: -1 }));
      return `${file}\n${size} ${mtimeMs}`;
    }),
  );
  return parts.join("\n");
}

/** Why not, as a sentence. */
async function readContents({ dump, policies, status }: ClusterFolder, print: string): Promise<Contents | string> {
  const cluster = dump.length === 0 ? undefined : await readCluster(dump, io);
  if (cluster?.ok === false) return cluster.error.map(({ message }) => message).join("; ");
  // A folder without a policy yet is a cluster without one.
  const { files, errors: missing } = await findSourceFiles(policies);
  const misnamed = missing.find(({ code }) => code !== "manifest_no_files");
  if (misnamed !== undefined) return formatManifestError(misnamed);
  const live: LivePolicy[] = [];
  for (const { file } of files) {
    const text = await readText(file, io, largestFileBytes);
    if (!text.ok) return formatManifestError(text.error);
    const { documents, lines, errors } = readDocuments(file, text.value);
    if (errors[0] !== undefined) return formatManifestError(errors[0]);
    for (const { value, locate } of documents.flatMap((placed) => objectsOf(file, lines, placed))) {
      const read = isPolicyManifest(value) ? liveObject(value, printObject) : undefined;
      if (read === undefined) continue;
      const object = read.status === "" ? { ...read, ...status } : read;
      const document = documentAt(text.value, locate([]));
      // What people wrote, comments and all, unless several objects stand in one document.
      live.push(
        document?.objects === 1 && !/^status:/m.test(document.text) ? { ...object, manifest: document.text } : object,
      );
    }
  }
  return { print, facts: cluster?.value.facts, byNamespace: Map.groupBy(live, ({ namespace = "" }) => namespace) };
}
