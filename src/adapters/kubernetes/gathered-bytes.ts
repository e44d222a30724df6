const firstBytes = 16 << 10;
/** What one object without equal has needed is given back. */
const mostKeptBytes = 256 << 10;

/**
 * Pieces of one thing after another, each put together in the same memory: a buffer for each would be thousands of
 * pieces of the process' own heap, which does not become smaller again.
 */
export class GatheredBytes {
  /** Of what is being gathered. */
  length = 0;
  private memory = Buffer.alloc(0);

  add(bytes: Buffer): void {
    const length = this.length + bytes.length;
    if (length > this.memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(firstBytes, 2 ** Math.ceil(Math.log2(length))));
      this.memory.copy(larger, 0, 0, this.length);
      this.memory = larger;
    }
    bytes.copy(this.memory, this.length);
    this.length = length;
  }

  /** What was gathered, to be used before more is: the next takes its place. */
  take(): Buffer {
    const taken = this.memory.subarray(0, this.length);
    this.length = 0;
    if (this.memory.length > mostKeptBytes) this.memory = Buffer.alloc(0);
    return taken;
  }
}
