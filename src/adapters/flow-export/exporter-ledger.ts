const maxExporters = 1024;

/** Counts per exporter, for messages to people; bounded. */
export class ExporterLedger {
  private readonly malformedBy = new Map<string, number>();
  private readonly heard = new Set<string>();

  hear(address: string): void {
    if (this.heard.size < maxExporters) this.heard.add(address);
  }

  malformed(address: string): void {
    const count = this.malformedBy.get(address);
    if (count !== undefined || this.malformedBy.size < maxExporters) this.malformedBy.set(address, (count ?? 0) + 1);
  }

  get exporterCount(): number {
    return this.heard.size;
  }

  /** The exporter with most that was not understood, and how much that was; undefined when all was. */
  get worst(): { readonly address: string; readonly count: number } | undefined {
    let worst: { readonly address: string; readonly count: number } | undefined;
    for (const [address, count] of this.malformedBy) {
      if (worst === undefined || count > worst.count) worst = { address, count };
    }
    return worst;
  }
}
