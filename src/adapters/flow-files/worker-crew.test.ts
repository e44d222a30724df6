import { expect, test } from "vitest";
import { defaultFlowLimits } from "../../pipeline/flows/flow-limits.ts";
import type { ReadingPlan } from "../../pipeline/flows/piece-reader.ts";
import type { LineChunk } from "./line-chunks.ts";
import { WorkerCrew } from "./worker-crew.ts";

test("a worker that breaks is noticed by who hands over the next chunk, and by nobody else", async () => {
  const format = "a format that no worker knows" as "plain";
  const plan: ReadingPlan = {
    inputs: [{ format, csv: undefined }],
    networks: undefined,
    isInferring: true,
    limits: defaultFlowLimits,
  };
  const crew = new WorkerCrew(plan, [], 1);
  const chunk = (): LineChunk => ({
    kind: "lines",
    bytes: new Uint8Array(64).fill(0x0a),
    length: 8,
    byteOffset: 0,
    isCut: false,
  });
  await crew.submit(0, 0, chunk());
  await expect(crew.submit(0, 1, chunk())).rejects.toThrow("decode");
  await expect(crew.submit(0, 2, chunk())).rejects.toThrow("decode");
  await expect(crew.finish()).rejects.toThrow("decode");
  await crew.stop();
});
