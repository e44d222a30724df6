import { skimKernelBytes } from "./skim-kernel-bytes.ts";
import { utf8Bytes } from "./text-bytes.ts";

/** Layout of the kernel's memory; see kernel/skim.ts. */
const place = { starts: 256, ends: 512, wholes: 1024, table: 2048, bytes: 16_384 } as const;
const cellBytes = 32;
const cells = 256;
const longestKey = 24;
const mostSlots = 64;
const pageBytes = 65_536;
/** Two records of the longest kind fit; larger pieces go the general way. */
const capacity = 48 * pageBytes;
/** The kernel reads sixteen bytes at a time and may look beyond the end. */
const lookAhead = 64;

/** What of WebAssembly is used; the language's own library does not describe it. */
interface WebAssemblyApi {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: object } },
  ) => { readonly exports: { readonly skim: (at: number, base: number) => number } };
}

let compiled: object | undefined;

/**
 * Reads plain flat JSON objects about four times as fast as the general scanner, and leaves all others to it. It works
 * on a copy of the piece of input, made by `load`.
 */
export class SkimKernel {
  readonly kind: Uint8Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly whole: Float64Array;
  /** What was loaded last; only places in it may be asked for. */
  loaded: Uint8Array | undefined;
  private readonly memory: Uint8Array;
  private readonly skimAt: (at: number, base: number) => number;
  private base = 0;

  private constructor(api: WebAssemblyApi, slots: number) {
    const memory = new api.Memory({ initial: capacity / pageBytes });
    compiled ??= new api.Module(bytesOfHex(skimKernelBytes));
    this.skimAt = new api.Instance(compiled, { env: { memory } }).exports.skim;
    this.memory = new Uint8Array(memory.buffer);
    this.kind = new Uint8Array(memory.buffer, 0, slots);
    this.from = new Int32Array(memory.buffer, place.starts, slots);
    this.to = new Int32Array(memory.buffer, place.ends, slots);
    this.whole = new Float64Array(memory.buffer, place.wholes, slots);
  }

  /** Undefined where the platform has no WebAssembly, or the keys are not the kernel's kind. */
  static for(keys: Readonly<Record<string, unknown>>, slots: number): SkimKernel | undefined {
    const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyApi };
    const wanted = Object.entries(keys);
    const isFlat = wanted.every(([key, slot]) => typeof slot === "number" && utf8Bytes(key).length <= longestKey);
    if (WebAssembly === undefined || !isFlat || slots > mostSlots || wanted.length > cells / 2) return undefined;
    const kernel = new SkimKernel(WebAssembly, slots);
    for (const [key, slot] of wanted) kernel.addKey(utf8Bytes(key), slot as number);
    return kernel;
  }

  private addKey(key: Uint8Array, slot: number): void {
    const padded = new Uint8Array(cellBytes);
    padded.set(key);
    const view = new DataView(padded.buffer);
    const first = view.getBigUint64(0, true);
    const last = key.length < 8 ? 0n : view.getBigUint64(key.length - 8, true);
    const middle = key.length <= 16 ? 0n : view.getBigUint64(8, true);
    const rotated = BigInt.asUintN(64, (last << 29n) | (last >> 35n));
    const table = new DataView(this.memory.buffer, place.table, cells * cellBytes);
    let cell = Number(BigInt.asUintN(64, (first ^ rotated) * 0x9e37_79b9_7f4a_7c15n) >> 56n);
    while (table.getUint32(cell * cellBytes + 16, true) !== 0) cell = (cell + 1) % cells;
    const at = cell * cellBytes;
    table.setBigUint64(at, first, true);
    table.setBigUint64(at + 8, last, true);
    table.setUint32(at + 16, key.length, true);
    table.setInt32(at + 20, slot, true);
    table.setBigUint64(at + 24, middle, true);
  }

  /** Takes a copy of bytes[from, to), which ends with a line feed. Pieces that do not fit are left alone. */
  load(bytes: Uint8Array, from: number, to: number): void {
    this.loaded = undefined;
    if (to - from > capacity - place.bytes - lookAhead) return;
    this.memory.set(bytes.subarray(from, to), place.bytes);
    // What an earlier, longer piece left behind must not look like the end of this one.
    this.memory.fill(0, place.bytes + to - from, place.bytes + to - from + lookAhead);
    this.loaded = bytes;
    this.base = place.bytes - from;
  }

  /** Reads the object at `at` of what was loaded. @returns the place behind it, or 0 when it is not plain */
  skim(at: number): number {
    return this.skimAt(at + this.base, this.base);
  }
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
