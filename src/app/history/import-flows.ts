import { createHash } from "node:crypto";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Harvest } from "../../pipeline/flows/harvest.ts";
import { type BatchHead, sealHarvest } from "../../pipeline/flows/seal.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import type { Failure } from "../failure.ts";
import { encodeBatch } from "../live/encode-batch.ts";
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
 * together, so that one explains the other; an import that was interrupted goes on where it stopped when it is run again. With
 * other files or options it would be another reading, of which the part that is stored cannot be told: that is refused.
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
  // Of two files that are named together and hold the same, the second is known when it is its turn.
  const firsts = new Map(hashed.toReversed().map(({ path, hash }) => [hash, path]));
  const isKnown = ({ path, hash }: (typeof hashed)[number], i: number): boolean =>
    before[i] === true || firsts.get(hash) !== path;
  const known = new Set(hashed.filter(isKnown).map(({ path }) => path));
  const fresh = files.value.filter(({ path }) => !known.has(path));
  if (fresh.length === 0) return ok({ harvest: undefined, known: [...known], batches: 0 });
  const harvest = await readFlows(fresh.map(({ path }) => path));
  if (!harvest.ok) return harvest;
  const hashes = fresh.map(({ hash }) => hash ?? contentHash(harvest.value, request)).toSorted();
  const incarnation = digest([...hashes, fingerprint(harvest.value)].join("\n"));
  const marked = fresh.flatMap(({ path, hash }) => (hash === undefined ? [] : [{ path, hash }]));
  const begun = marked.map(({ hash }) => markOf(cluster, digest(`begun\n${hash}`)));
  const begunSo = marked.map(({ hash }) => markOf(cluster, digest(`begun\n${hash}\n${incarnation}`)));
  const [wasBegun, wasBegunSo] = [await store.known(begun), await store.known(begunSo)];
  const other = marked.find((_, i) => wasBegun[i] === true && wasBegunSo[i] !== true);
  if (other !== undefined) return fail([begunOtherwise(other.path)]);
  const done = marked.map(({ hash }) => markOf(cluster, hash));
  const { edges } = harvest.value;
  const isLong = edges.length > batchEdges;
  let sequence = 0;
  for (let from = 0; from === 0 || from < edges.length; from += batchEdges) {
    signal?.throwIfAborted();
    sequence += 1;
    const isFirst = from === 0;
    const isLast = from + batchEdges >= edges.length;
    const part = { ...harvest.value, edges: edges.slice(from, from + batchEdges) };
    // Names, and what was left out, are told once.
    const own = isFirst ? part : { ...part, nameEvidence: [] };
    const batch = seal(own, { ...request, incarnation, sequence });
    // What is appended together is stored together: only what is stored whole is known.
    await store.append([
      ...(isFirst && isLong ? [...begun, ...begunSo].map((mark) => emptyBatch(request, mark)) : []),
      isFirst ? batch : { ...batch, health: [] },
      ...(isLast ? done.map((mark) => emptyBatch(request, mark)) : []),
    ]);
    onStored?.(Math.min(edges.length, from + batchEdges), edges.length);
  }
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

function emptyBatch({ nowMs }: ImportRequest, mark: ReturnType<typeof markOf>): SealedBatch {
  const nothing = { owners: [], sources: [], edges: [], names: [], coarse: [], health: [] };
  return { ...mark, sealedAtMs: nowMs, ...nothing };
}

function begunOtherwise(path: string): Failure {
  return {
    code: "history_import_begun",
    message:
      `an import of ${quoted(path)} with other files or options was interrupted, and a part of it is stored: run that one ` +
      "again to its end, or import into a new folder",
  };
}

/** Changes with whatever changes the batches: other files, or the same read with other options. */
function fingerprint({ edges, nameEvidence }: Harvest): string {
  const hash = createHash("sha256").update(`${edges.length} ${nameEvidence.length}`);
  for (const { cluster, namespace, workload, address, protocol, port, verdict, flows, ...own } of edges) {
    const who = [cluster, namespace, workload.kind, workload.name];
    const what = [address.family, String(address.value), own.prefixLength, protocol, port, verdict];
    hash.update(JSON.stringify([...who, ...what, flows, own.bytes, own.firstSeenMs, own.lastSeenMs]));
  }
  return hash.digest("hex");
}

/** For what came through a pipe: what was understood of it. */
function contentHash(harvest: Harvest, request: ImportRequest): string {
  const batch = seal({ ...harvest, inputs: [] }, { ...request, nowMs: 0, incarnation: "", sequence: 1 });
  return digest(encodeBatch(batch));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
