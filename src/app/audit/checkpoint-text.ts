import type { Sha256 } from "./audit-hashes.ts";

/** What a checkpoint says (c2sp.org/tlog-checkpoint): which log, how many records, their root, and when. */
export interface CheckpointText {
  /** Names the log: every checkpoint of it begins so. */
  readonly origin: string;
  readonly size: number;
  readonly rootHash: Sha256;
  /** The chain after the last of them; with `atMs` in extension lines, undefined where there is none. */
  readonly chainHash?: Sha256 | undefined;
  readonly atMs: number | undefined;
}

/**
 * Lines of origin, size and root in base64, then `chain <base64>` and `time <milliseconds since 1970>`. The chain is signed besides the root
 * so that records after one that is lost can still be shown to be what was signed.
 */
export function formatCheckpointText({ origin, size, rootHash, chainHash, atMs }: CheckpointText): string {
  const chain = chainHash === undefined ? "" : `chain ${base64Of(chainHash)}\n`;
  const time = atMs === undefined ? "" : `time ${atMs}\n`;
  return `${origin}\n${size}\n${base64Of(rootHash)}\n${chain}${time}`;
}

/** @returns undefined for what is none */
export function parseCheckpointText(text: string): CheckpointText | undefined {
  const [origin = "", size = "", root = "", ...more] = text.split("\n");
  const rootHash = hashIn(root);
  if (origin === "" || !/^(?:0|[1-9]\d{0,14})$/.test(size) || rootHash === undefined) return undefined;
  if (more.pop() !== "" || more.includes("")) return undefined;
  const valueOf = (name: string): string | undefined =>
    more.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  const time = valueOf("time");
  return {
    origin,
    size: Number(size),
    rootHash,
    chainHash: hashIn(valueOf("chain") ?? ""),
    atMs: time !== undefined && /^(?:0|[1-9]\d{0,14})$/.test(time) ? Number(time) : undefined,
  };
}

function base64Of(hash: Sha256): string {
  return Buffer.from(hash, "hex").toString("base64");
}

function hashIn(base64: string): Sha256 | undefined {
  const bytes = Buffer.from(base64, "base64");
  return bytes.length === 32 && bytes.toString("base64") === base64 ? bytes.toString("hex") : undefined;
}
