import type { Template } from "./template.ts";

/** What keeping a template and its plan takes beside its fields, and what each stream takes that uses it; in fields. */
const templateCost = 110;
const useCost = 12;

/** A template with everybody who uses it. */
export interface PooledTemplate {
  readonly template: Template;
  readonly key: string;
  readonly cost: number;
  users: number;
}

/** Every template once: all nodes of a cluster announce the same hundred or more. */
export class TemplatePool {
  /** What is kept, in fields. */
  fields = 0;
  private readonly templates = new Map<string, PooledTemplate>();

  /** Uses a template; `key` tells everything it was made of. */
  take(key: string, template: Template): PooledTemplate {
    let pooled = this.templates.get(key);
    if (pooled === undefined) {
      pooled = { template, key, cost: template.slots.length + templateCost + (key.length >>> 3), users: 0 };
      this.templates.set(key, pooled);
      this.fields += pooled.cost;
    }
    pooled.users += 1;
    this.fields += useCost;
    return pooled;
  }

  /** Ends one use. */
  release(pooled: PooledTemplate): void {
    pooled.users -= 1;
    this.fields -= useCost;
    if (pooled.users > 0) return;
    this.templates.delete(pooled.key);
    this.fields -= pooled.cost;
  }
}

/** Tells templates apart by their bytes, and by what says how these are read. */
export function templateKey(bytes: Uint8Array, from: number, to: number, how: string): string {
  let key = how;
  for (let at = from; at < to; at += 1024) {
    key += String.fromCharCode(...bytes.subarray(at, Math.min(to, at + 1024)));
  }
  return key;
}
