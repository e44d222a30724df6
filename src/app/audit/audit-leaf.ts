import type { NamespaceRef, Person } from "../wire/list.ts";
import type { AuditEntry } from "./audit-log.ts";
import { canonicalJson } from "./canonical-json.ts";

/** Most bytes of a record's payload, as canonical JSON. */
export const mostPayloadBytes = 65_536;

/** An entry as it is kept: every text well-formed and without NUL, which databases cannot hold, and the payload as canonical JSON. */
export interface AuditLeaf {
  readonly sequence: number;
  readonly atMs: number;
  readonly kind: string;
  readonly subject: string;
  readonly actor: Person;
  readonly payload: string;
}

/** Throws for a payload that is not JSON, or too large: both are mistakes of the program. */
export function leafOf(entry: AuditEntry, sequence: number): AuditLeaf {
  const payload = canonicalJson(entry.payload);
  const bytes = Buffer.byteLength(payload);
  if (bytes > mostPayloadBytes) {
    throw new Error(`the payload of an audit record ${entry.kind} has ${bytes} bytes, more than ${mostPayloadBytes}`);
  }
  if (!Number.isSafeInteger(entry.atMs)) throw new Error(`${entry.atMs} is no time of an audit record ${entry.kind}`);
  const { subject, name } = entry.actor;
  return {
    sequence,
    atMs: entry.atMs,
    kind: storable(entry.kind),
    subject: storable(entry.subject),
    actor: { subject: storable(subject), name: storable(name) },
    payload,
  };
}

/**
 * What is hashed: the canonical JSON of the entry with its sequence. `payload` is taken as it is, so a blank that somebody added to it is
 * found. Starts with the actor and ends with the subject, in the order of the names.
 */
export function textOfLeaf({ sequence, atMs, kind, subject, actor, payload }: AuditLeaf): string {
  const who = `{"name":${JSON.stringify(actor.name)},"subject":${JSON.stringify(actor.subject)}}`;
  return `{"actor":${who},"atMs":${atMs},"kind":${JSON.stringify(kind)},"payload":${payload},"sequence":${sequence},"subject":${JSON.stringify(subject)}}`;
}

function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\u{fffd}");
}

/** What a record is about, to look for and to say who may see it; made of what is hashed, and checked against it. */
export interface LeafIndex {
  readonly where: NamespaceRef | undefined;
  /** It names several namespaces, or one of an unknown cluster: only who may see everything may see it. */
  readonly isWide: boolean;
  /** Lower case. */
  readonly search: string;
}

/** Most characters of a payload that are searched. */
const mostSearched = 2_000;

export function indexOfLeaf(leaf: AuditLeaf): LeafIndex {
  const { kind, subject, actor, payload } = leaf;
  const named = new NamedPlaces();
  const [, cluster, namespace] = /^namespace\/(.*)\/([^/]*)$/s.exec(subject) ?? [];
  if (cluster !== undefined && namespace !== undefined) named.note(cluster, namespace);
  // Most payloads that name one do so at the top; without the word there is nothing to read.
  if (payload.includes('"namespace":')) named.noteWithin(JSON.parse(payload));
  const texts = [kind, subject, actor.subject, actor.name, payload.slice(0, mostSearched)];
  return {
    where: named.first(),
    isWide: named.isWide(),
    search: texts.join(" ").toLowerCase().toWellFormed(),
  };
}

/** Namespaces of a subject `namespace/east/shop`, and of all objects in a payload that have a cluster and a namespace. */
class NamedPlaces {
  readonly #places = new Map<string, NamespaceRef>();
  #hasUnknown = false;

  note(cluster: string, namespace: string): void {
    const where = { cluster: storable(cluster), namespace: storable(namespace) };
    this.#places.set(JSON.stringify([where.cluster, where.namespace]), where);
  }

  noteWithin(value: unknown): void {
    if (value === null || typeof value !== "object") return;
    if (!Array.isArray(value)) {
      const { cluster, namespace } = value as { readonly cluster?: unknown; readonly namespace?: unknown };
      if (typeof cluster === "string" && typeof namespace === "string") this.note(cluster, namespace);
      else if (typeof namespace === "string") this.#hasUnknown = true;
    }
    for (const inner of Object.values(value)) this.noteWithin(inner);
  }

  first(): NamespaceRef | undefined {
    return this.#places.values().next().value;
  }

  /** A namespace of no cluster could be anybody's. */
  isWide(): boolean {
    return this.#places.size > 1 || this.#hasUnknown;
  }
}
