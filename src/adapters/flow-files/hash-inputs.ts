import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Failure } from "../../app/failure.ts";
import type { HashFlows } from "../../app/history/history-place.ts";
import { fail, ok } from "../../core/result.ts";
import { expandInputs } from "./expand-inputs.ts";
import { pathFailure } from "./path-failure.ts";

/** SHA-256 of the files behind inputs, as they lie on disk. What is no regular file can be read only once, and has none. */
export const hashInputs: HashFlows = async (named) => {
  const inputs = await expandInputs(named);
  if (!inputs.ok) return inputs;
  const hashed: { path: string; hash: string | undefined }[] = [];
  const failures: Failure[] = [];
  for (const { path, size } of inputs.value) {
    try {
      hashed.push({ path, hash: size === undefined ? undefined : await hashOf(path) });
    } catch (error) {
      failures.push(pathFailure(path, error));
    }
  }
  return failures.length > 0 ? fail(failures) : ok(hashed);
};

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
