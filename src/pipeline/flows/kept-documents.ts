import { at, textAt } from "./cluster-dump/fields.ts";

/** Of all texts together, in characters: the size of an observer's memory is a promise. */
export const maxKeptCharacters = 16 << 20;

/**
 * Objects kept whole for later stages (egress policies, EgressIPs), as JSON text without what only the API server
 * needs. Bounded; what found no room is counted.
 */
export class KeptDocuments {
  private readonly texts = new Map<string, string>();
  private readonly limit: number;
  private characters = 0;
  private changes = 0;
  private readonly left = new Set<string>();

  constructor(limit = maxKeptCharacters) {
    this.limit = limit;
  }

  get count(): number {
    return this.texts.size;
  }

  /** Objects that found no room and are not kept in any version. */
  get dropped(): number {
    return this.left.size;
  }

  /** Grows whenever {@link list} may give something else. */
  get revision(): number {
    return this.changes;
  }

  put(kind: string, apiVersion: string, object: unknown): void {
    const key = keyOf(kind, apiVersion, textAt(object, "metadata", "namespace"), textAt(object, "metadata", "name"));
    this.changes += 1;
    this.delete(key);
    const text = JSON.stringify({ ...(object as object), apiVersion, kind, metadata: slimMetadata(object) });
    if (this.characters + text.length > this.limit) {
      // Counting must not need memory without bounds either.
      if (this.left.size < 100_000) this.left.add(key);
      return;
    }
    this.texts.set(key, text);
    this.characters += text.length;
  }

  remove(kind: string, apiVersion: string, namespace: string, name: string): void {
    this.changes += 1;
    this.delete(keyOf(kind, apiVersion, namespace, name));
  }

  /** Sorted by kind, namespace and name. */
  list(): readonly unknown[] {
    return [...this.texts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, text]): unknown => JSON.parse(text));
  }

  private delete(key: string): void {
    this.left.delete(key);
    const before = this.texts.get(key);
    if (before === undefined) return;
    this.characters -= before.length;
    this.texts.delete(key);
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function slimMetadata(object: unknown): object {
  const { managedFields: _, ...metadata } = fieldsOf(at(object, "metadata"));
  if (metadata.annotations === undefined) return metadata;
  const { "kubectl.kubernetes.io/last-applied-configuration": __, ...annotations } = fieldsOf(metadata.annotations);
  return { ...metadata, annotations };
}

function keyOf(kind: string, apiVersion: string, namespace: string, name: string): string {
  return `${kind}\0${namespace}\0${name}\0${apiVersion}`;
}
