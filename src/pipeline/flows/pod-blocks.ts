/** Blocks in which addresses were seen: IPv4 /24 by its upper 24 bits, IPv6 /64 as two words. */
export interface PodBlocksSnapshot {
  readonly pods: Int32Array<ArrayBuffer>;
  readonly services: Int32Array<ArrayBuffer>;
  readonly pods6: readonly string[];
  readonly services6: readonly string[];
}

/** A cluster has at most some thousand nodes with a block each; more blocks than this say nothing new. */
const maxBlocks = 16_384;

/** Evidence for the cluster's networks, collected when nobody said what they are. Bounded; order does not matter. */
export class PodBlocks {
  private readonly pods = new Set<number>();
  /** Blocks that were added lately, by their lower bits: most addresses lie in few blocks. */
  private readonly latest = new Int32Array(256).fill(-1);
  private readonly services = new Set<number>();
  private readonly pods6 = new Set<string>();
  private readonly services6 = new Set<string>();

  addPod(family: number, words: Uint32Array): void {
    if (family === 4) {
      const block = words[0]! >>> 8;
      if (this.latest[block & 255] === block) return;
      this.latest[block & 255] = block;
      if (this.pods.size < maxBlocks) this.pods.add(block);
    } else if (this.pods6.size < maxBlocks) this.pods6.add(blockOf6(words));
  }

  addService(family: number, words: Uint32Array): void {
    if (family === 4) {
      if (this.services.size < maxBlocks) this.services.add(words[0]! >>> 8);
    } else if (this.services6.size < maxBlocks) this.services6.add(blockOf6(words));
  }

  snapshot(): PodBlocksSnapshot {
    return {
      pods: Int32Array.from(this.pods).sort(),
      services: Int32Array.from(this.services).sort(),
      pods6: [...this.pods6].toSorted(),
      services6: [...this.services6].toSorted(),
    };
  }

  absorb(other: PodBlocksSnapshot): void {
    for (const block of other.pods) this.pods.add(block);
    for (const block of other.services) this.services.add(block);
    for (const block of other.pods6) this.pods6.add(block);
    for (const block of other.services6) this.services6.add(block);
  }
}

function blockOf6(words: Uint32Array): string {
  const hex = (word: number): string => word.toString(16).padStart(8, "0");
  return hex(words[0]!) + hex(words[1]!);
}
