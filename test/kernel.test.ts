import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { kernelBytesFile } from "../scripts/build-kernel.ts";

test("the committed kernel is what its source compiles to", async () => {
  const committed = await readFile(new URL("../src/pipeline/sources/skim-kernel-bytes.ts", import.meta.url), "utf8");
  // If this fails, run `node scripts/build-kernel.ts` and commit the result.
  expect(committed).toBe(await kernelBytesFile());
});
