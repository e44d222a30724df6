import type { Sha256 } from "./audit-hashes.ts";

/** What a checkpoint says (c2sp.org/tlog-checkpoint): which log, how many records, their root, and when. */
export interface CheckpointText {
  /** Names the log: every checkpoint of it begins so. */
  readonly origin: string;
  readonly size: number;
  readonly rootHash: Sha256;
  /** In an extension line; undefined where there is none. */
  readonly atMs: number | undefined;
}

/** Lines of origin, size, root in base64 and `time <milliseconds since 1970>`. */
export function formatCheckpointText({ origin, size, rootHash, atMs }: CheckpointText): string {
  const time = atMs === undefined ? "" : `time ${atMs}\n`;
  return `${origin}\n${size}\n${Buffer.from(rootHash, "hex").toString("base64")}\n${time}`;
}

/** @returns undefined for what is none */
export function parseCheckpointText(text: string): CheckpointText | undefined {
  const [origin = "", size = "", root = "", ...more] = text.split("\n");
  const rootHash = Buffer.from(root, "base64");
  if (origin === "" || !/^(?:0|[1-9]\d{0,14})$/.test(size) || more.pop() !== "") return undefined;
  if (rootHash.length !== 32 || rootHash.toString("base64") !== root || more.includes("")) return undefined;
  const time = more.map((line) => /^time (0|[1-9]\d{0,15})$/.exec(line)?.[1]).find((own) => own !== undefined);
  return {
    origin,
    size: Number(size),
    rootHash: rootHash.toString("hex"),
    atMs: time === undefined ? undefined : Number(time),
  };
}
