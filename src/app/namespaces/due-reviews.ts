import { createHash } from "node:crypto";
import type { ClusterReader } from "../judge/cluster-reader.ts";
import type { NamespaceRecord } from "../state/namespaces.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { Counted } from "./count-namespaces.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** While traffic goes on a namespace is looked at again after this, and so much longer for each that there is. */
const againMs = { least: 60_000, each: 2_000 } as const;
/** After a start it is not known what changed meanwhile: what was looked at longer ago is looked at. */
const unsureMs = 600_000;

interface Known {
  readonly records: ReadonlyMap<string, NamespaceRecord>;
  readonly counted: ReadonlyMap<string, Counted>;
  readonly nowMs: number;
}

/** Tells which namespaces are worth a review: new ones, those whose policies changed, and those whose traffic went on. */
export class DueReviews {
  readonly #clusters: ClusterReader;
  /** Of the policies in force, and since when they are as they are: a change that was seen, or the first look after a start. */
  readonly #policies = new Map<
    string,
    { readonly print: string; readonly sinceMs: number; readonly isChange: boolean }
  >();

  constructor(clusters: ClusterReader) {
    this.#clusters = clusters;
  }

  /** @returns keys `cluster/namespace` */
  async among(all: readonly NamespaceRef[], { records, counted, nowMs }: Known): Promise<ReadonlySet<string>> {
    const due = new Set<string>();
    const pauseMs = Math.max(againMs.least, againMs.each * all.length);
    for (const where of all) {
      const key = `${where.cluster}/${where.namespace}`;
      const print = await this.#policiesOf(where);
      const before = this.#policies.get(key);
      const isChanged = before !== undefined && before.print !== print;
      const known = before === undefined || isChanged ? { print, sinceMs: nowMs, isChange: isChanged } : before;
      this.#policies.set(key, known);
      const { learnedAtMs } = records.get(key) ?? {};
      const isNew = learnedAtMs === undefined;
      // Until it was reviewed since, and not only once: what is asked for may be lost on the way.
      const isUnseen = !isNew && learnedAtMs < known.sinceMs && (known.isChange || nowMs - learnedAtMs > unsureMs);
      if (isNew || isChanged || isUnseen || isOld(learnedAtMs, counted.get(key), nowMs, pauseMs)) due.add(key);
    }
    return due;
  }

  async #policiesOf({ cluster, namespace }: NamespaceRef): Promise<string> {
    const policies = await this.#clusters.policies({ cluster, namespace });
    if (policies === undefined) return "unknown";
    const hash = createHash("sha256");
    for (const { kind, name, manifest, status } of policies)
      hash.update(JSON.stringify([kind, name, manifest, status]));
    return hash.digest("base64");
  }
}

/** Readiness ages with every day, whether or not there is traffic. */
function isOld(learnedAtMs: number, counted: Counted | undefined, nowMs: number, pauseMs: number): boolean {
  if (Math.floor(learnedAtMs / dayMs) !== Math.floor(nowMs / dayMs)) return true;
  if (nowMs - learnedAtMs < pauseMs) return false;
  return counted?.lastSeenMs !== undefined && counted.lastSeenMs > learnedAtMs - hourMs;
}
