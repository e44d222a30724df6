import { createHash } from "node:crypto";
import { ok, type Result } from "../../core/result.ts";
import type { Harvest } from "../../pipeline/flows/harvest.ts";
import { type BatchHead, sealHarvest } from "../../pipeline/flows/seal.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import type { Failure } from "../failure.ts";
import { encodeBatch } from "../live/batch-codec.ts";
import type { EdgeStore } from "./edge-store.ts";
import type { HashFlows } from "./history-place.ts";

export interface ImportRequest {
  readonly inputs: readonly string[];
  /** Of records that do not name their cluster. */
  readonly cluster: string;
  /** Imports of the same name add up; see `EdgeStore`. */
  readonly source: string;
  readonly nowMs: number;
}

export interface ImportPorts {
  readonly hashFlows: HashFlows;
  readonly readFlows: (inputs: readonly string[]) => Promise<Result<Harvest, readonly Failure[]>>;
  readonly store: Pick<EdgeStore, "append" | "known">;
  readonly onStored?: (edges: number, of: number) => void;
  readonly signal?: AbortSignal;
}

export interface ImportReport {
  /** Undefined when every file was imported before. */
  readonly harvest: Harvest | undefined;
  /** Files that were imported before, whatever they are called now. */
  readonly known: readonly string[];
  readonly batches: number;
}

/** Edges of one batch: an edge has up to a few hundred hours, and a batch is held in memory whole. */
const batchEdges = 2_000;
const observer = "import";

/**
 * Brings recorded files into a history. What a file holds counts once: files are known by their content. All files are read
 * together, so that one explains the other; an import that was interrupted goes on where it stopped when it is run again.
 */
export async function importFlows(
  request: ImportRequest,
  { hashFlows, readFlows, store, onStored, signal }: ImportPorts,
): Promise<Result<ImportReport, readonly Failure[]>> {
  const { cluster } = request;
  const files = await hashFlows(request.inputs);
  if (!files.ok) return files;
  const hashed = files.value.flatMap(({ path, hash }) => (hash === undefined ? [] : [{ path, hash }]));
  const before = await store.known(hashed.map(({ hash }) => markOf(cluster, hash)));
  const known = new Set(hashed.filter((_, i) => before[i] === true).map(({ path }) => path));
  const fresh = files.value.filter(({ path }) => !known.has(path));
  if (fresh.length === 0) return ok({ harvest: undefined, known: [...known], batches: 0 });
  const harvest = await readFlows(fresh.map(({ path }) => path));
  if (!harvest.ok) return harvest;
  const hashes = fresh.map(({ hash }) => hash ?? contentHash(harvest.value, request)).toSorted();
  const incarnation = digest(hashes.join("\n"));
  const { edges } = harvest.value;
  let sequence = 0;
  for (let from = 0; from === 0 || from < edges.length; from += batchEdges) {
    signal?.throwIfAborted();
    sequence += 1;
    const isFirst = from === 0;
    const part = { ...harvest.value, edges: edges.slice(from, from + batchEdges) };
    // Names, and what was left out, are told once.
    const own = isFirst ? part : { ...part, nameEvidence: [] };
    const batch = seal(own, { ...request, incarnation, sequence });
    await store.append([isFirst ? batch : { ...batch, health: [] }]);
    onStored?.(Math.min(edges.length, from + batchEdges), edges.length);
  }
  // Last: only what is stored whole is known.
  await store.append(fresh.flatMap(({ hash }) => (hash === undefined ? [] : [emptyBatch(request, hash)])));
  return ok({ harvest: harvest.value, known: [...known], batches: sequence });
}

function seal(
  harvest: Harvest,
  { cluster, source, nowMs, incarnation, sequence }: ImportRequest & Pick<BatchHead, "incarnation" | "sequence">,
): SealedBatch {
  // What was lost or left out belongs to the time that the flows are from.
  const sealedAtMs = Math.floor(harvest.window?.lastMs ?? nowMs);
  const head = { observer, incarnation, sequence, cluster, sealedAtMs };
  // Records without a time of their own count for the hour of the import.
  return sealHarvest(harvest, { ...head, source, kind: kindOf(harvest), arrivedAtMs: nowMs });
}

function kindOf({ inputs }: Harvest): string {
  const formats = [...new Set(inputs.flatMap(({ format }) => format ?? []))].toSorted();
  return `import ${formats.join(" ")}`.trim();
}

function markOf(cluster: string, hash: string): Pick<SealedBatch, "cluster" | "observer" | "incarnation" | "sequence"> {
  return { cluster, observer, incarnation: hash.slice(0, 32), sequence: 1 };
}

function emptyBatch({ cluster, nowMs }: ImportRequest, hash: string): SealedBatch {
  const nothing = { owners: [], sources: [], edges: [], names: [], coarse: [], health: [] };
  return { ...markOf(cluster, hash), sealedAtMs: nowMs, ...nothing };
}

/** For what came through a pipe: what was understood of it. */
function contentHash(harvest: Harvest, request: ImportRequest): string {
  const batch = seal({ ...harvest, inputs: [] }, { ...request, nowMs: 0, incarnation: "", sequence: 1 });
  return digest(encodeBatch(batch));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
