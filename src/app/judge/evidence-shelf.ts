import { ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { NamespaceEvidence } from "./namespace-evidence.ts";

/** Edges of all namespaces together that are kept at hand; about a kilobyte each. */
const mostEdges = 300_000;
const mostNamespaces = 64;

interface Kept {
  readonly evidence: NamespaceEvidence;
  readonly readAtMs: number;
}

/** Evidence of the namespaces that people look at, the least recently used given up first. Who asks together reads once. */
export class EvidenceShelf {
  readonly #read: (where: NamespaceRef) => Promise<Result<NamespaceEvidence, Failure>>;
  readonly #nowMs: () => number;
  readonly #kept = new Map<string, Kept>();
  readonly #reading = new Map<string, Promise<Result<NamespaceEvidence, Failure>>>();

  constructor(read: (where: NamespaceRef) => Promise<Result<NamespaceEvidence, Failure>>, nowMs: () => number) {
    this.#read = read;
    this.#nowMs = nowMs;
  }

  /** @param oldestMs how old it may be */
  async evidenceOf(where: NamespaceRef, oldestMs: number): Promise<Result<NamespaceEvidence, Failure>> {
    const key = JSON.stringify([where.cluster, where.namespace]);
    const known = this.#kept.get(key);
    if (known !== undefined && this.#nowMs() - known.readAtMs <= oldestMs) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return ok(known.evidence);
    }
    const underWay = this.#reading.get(key);
    if (underWay !== undefined) return underWay;
    const reading = this.#readAndKeep(key, where).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #readAndKeep(key: string, where: NamespaceRef): Promise<Result<NamespaceEvidence, Failure>> {
    const readAtMs = this.#nowMs();
    const read = await this.#read(where);
    if (!read.ok) return read;
    this.#kept.delete(key);
    this.#kept.set(key, { evidence: read.value, readAtMs });
    let edges = [...this.#kept.values()].reduce((sum, { evidence }) => sum + evidence.edges.length, 0);
    for (const [oldest, { evidence }] of this.#kept) {
      if (oldest === key || (edges <= mostEdges && this.#kept.size <= mostNamespaces)) break;
      this.#kept.delete(oldest);
      edges -= evidence.edges.length;
    }
    return read;
  }
}
