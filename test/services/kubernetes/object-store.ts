/** What etcd and the watch cache are to an API server: objects, versions, and a history that is forgotten in the end. */

export interface Metadata {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  creationTimestamp?: string;
  generateName?: string;
  ownerReferences?: readonly object[];
  managedFields?: readonly object[];
}

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec?: unknown;
  status?: unknown;
  [field: string]: unknown;
}

export interface StoredEvent {
  readonly version: number;
  readonly resource: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubernetesObject;
}

export class ObjectStore {
  version = 1000;
  /** Watches from before this version are told that it is gone. */
  oldest = 1000;
  private readonly objects = new Map<string, Map<string, KubernetesObject>>();
  private history: StoredEvent[] = [];
  private readonly watchers = new Set<(event: StoredEvent) => void>();
  private made = 0;

  put(resource: string, object: KubernetesObject): KubernetesObject {
    const of = this.of(resource);
    const key = keyOf(object.metadata);
    const before = of.get(key);
    this.version += 1;
    this.made += 1;
    const stored: KubernetesObject = {
      ...object,
      metadata: {
        creationTimestamp: new Date().toISOString().replace(/\.\d+/, ""),
        ...object.metadata,
        uid:
          object.metadata.uid ??
          before?.metadata.uid ??
          `00000000-0000-4000-8000-${String(this.made).padStart(12, "0")}`,
        resourceVersion: String(this.version),
      },
    };
    of.set(key, stored);
    this.happen({ version: this.version, resource, type: before === undefined ? "ADDED" : "MODIFIED", object: stored });
    return stored;
  }

  delete(resource: string, namespace: string, name: string): void {
    const of = this.of(resource);
    const key = keyOf({ namespace, name });
    const before = of.get(key);
    if (before === undefined) throw new Error(`there is no ${resource} ${key}`);
    of.delete(key);
    this.version += 1;
    const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(this.version) } };
    this.happen({ version: this.version, resource, type: "DELETED", object });
  }

  get(resource: string, namespace: string, name: string): KubernetesObject | undefined {
    return this.of(resource).get(keyOf({ namespace, name }));
  }

  /** Sorted as etcd sorts keys. */
  list(resource: string, namespace: string | undefined): readonly KubernetesObject[] {
    return [...this.of(resource)]
      .filter(([, { metadata }]) => namespace === undefined || metadata.namespace === namespace)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  since(resource: string, version: number): readonly StoredEvent[] {
    return this.history.filter((event) => event.resource === resource && event.version > version);
  }

  /** Forgets the history until now, as etcd does every five minutes. */
  compact(): void {
    this.oldest = this.version;
    this.history = [];
  }

  /** As a restore of etcd from an older copy: what was there then is there again, and versions count from there. */
  restore(copy: ReturnType<ObjectStore["copy"]>): void {
    this.version = this.oldest = copy.version;
    this.history = [];
    this.objects.clear();
    for (const [resource, of] of copy.objects) this.objects.set(resource, new Map(of));
  }

  copy(): { readonly version: number; readonly objects: ReadonlyMap<string, ReadonlyMap<string, KubernetesObject>> } {
    return {
      version: this.version,
      objects: new Map([...this.objects].map(([resource, of]) => [resource, new Map(of)])),
    };
  }

  watch(take: (event: StoredEvent) => void): () => void {
    this.watchers.add(take);
    return () => this.watchers.delete(take);
  }

  private happen(event: StoredEvent): void {
    this.history.push(event);
    for (const take of this.watchers) take(event);
  }

  private of(resource: string): Map<string, KubernetesObject> {
    let of = this.objects.get(resource);
    if (of === undefined) this.objects.set(resource, (of = new Map<string, KubernetesObject>()));
    return of;
  }
}

function keyOf({ namespace = "", name }: { readonly namespace?: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
