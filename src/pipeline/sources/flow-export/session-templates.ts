import type { FlowExportLimits } from "./flow-export-limits.ts";
import type { PooledTemplate, TemplatePool } from "./template-pool.ts";
import type { Template } from "./template.ts";

interface Held {
  readonly pooled: PooledTemplate;
  readonly seenMs: number;
}

/**
 * The templates of one stream. Those of flows and those of options lie apart, so that withdrawing all of one kind looks at
 * no others: four bytes ask for it, and a datagram has room for thousands.
 */
export class SessionTemplates {
  /** In the order in which they were announced last. */
  private readonly flows = new Map<number, Held>();
  private readonly options = new Map<number, Held>();
  private readonly pool: TemplatePool;

  constructor(pool: TemplatePool) {
    this.pool = pool;
  }

  /** Undefined for one that is unknown, or was not repeated for too long. */
  get(id: number, nowMs: number, lifetimeMs: number): Template | undefined {
    const held = this.flows.get(id) ?? this.options.get(id);
    if (held === undefined) return undefined;
    if (nowMs - held.seenMs <= lifetimeMs) return held.pooled.template;
    this.remove(id);
    return undefined;
  }

  /** @returns false when there is no room */
  set(key: string, template: Template, nowMs: number, limits: FlowExportLimits): boolean {
    this.remove(template.id);
    // Exporters that choose new numbers with every start must not be refused for numbers they use no more.
    if (this.flows.size + this.options.size >= limits.templatesPerSession) {
      const { oldest } = this;
      if (oldest === undefined || nowMs - oldest[1].seenMs <= limits.templateLifetimeMs) return false;
      this.remove(oldest[0]);
    }
    const kind = template.isOptions ? this.options : this.flows;
    kind.set(template.id, { pooled: this.pool.take(key, template), seenMs: nowMs });
    return true;
  }

  remove(id: number): void {
    const kind = this.flows.has(id) ? this.flows : this.options;
    const held = kind.get(id);
    if (held === undefined) return;
    this.pool.release(held.pooled);
    kind.delete(id);
  }

  removeAll(isOptions: boolean): void {
    const kind = isOptions ? this.options : this.flows;
    for (const { pooled } of kind.values()) this.pool.release(pooled);
    kind.clear();
  }

  private get oldest(): readonly [number, Held] | undefined {
    const [flow] = this.flows;
    const [option] = this.options;
    if (flow === undefined || option === undefined) return flow ?? option;
    return flow[1].seenMs <= option[1].seenMs ? flow : option;
  }
}
