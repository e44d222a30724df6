import { z } from "zod";
import { fail, ok, type Result } from "../../core/result.ts";

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const answer = z.object({
  status: z.literal("success"),
  data: z.object({
    resultType: z.literal("vector"),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

/** Reads an instant vector of the HTTP API; why it is none, for people. */
export function parseVector(text: string): Result<readonly Sample[], string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return fail("its answer is not JSON; check `url`");
  }
  const read = answer.safeParse(parsed);
  if (!read.success) return fail("its answer is none of Prometheus's `query`; check `url`");
  return ok(read.data.data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) })));
}
