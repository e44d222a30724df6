import { fail, ok, type Result } from "../../core/result.ts";

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An instant vector. */
export interface Vector {
  readonly samples: readonly Sample[];
  /** What the server says is missing, as Thanos does when one of its stores is away; empty when nothing is. */
  readonly warning: string;
}

const longestWarning = 200;

/** Reads an instant vector of the HTTP API; why it is none, for people. */
export function parseVector(text: string): Result<Vector, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return fail("its answer is not JSON; check `url`");
  }
  const answer = recordOf(parsed);
  const data = recordOf(answer?.data);
  const samples = data?.resultType === "vector" && Array.isArray(data.result) ? data.result.map(sampleOf) : undefined;
  if (answer?.status !== "success" || samples === undefined || samples.includes(undefined)) {
    return fail("its answer is none of Prometheus's `query`; check `url`");
  }
  const [warning = ""] = Array.isArray(answer.warnings) ? answer.warnings.map(String) : [];
  return ok({
    samples: samples.filter((sample) => sample !== undefined),
    warning: warning.replaceAll(/[\p{C}\s]+/gu, " ").slice(0, longestWarning),
  });
}

function sampleOf(value: unknown): Sample | undefined {
  const sample = recordOf(value);
  const labels = recordOf(sample?.metric);
  const pair: unknown = sample?.value;
  if (labels === undefined || !Array.isArray(pair) || pair.length !== 2) return undefined;
  const [time, count] = pair as unknown[];
  if (typeof time !== "number" || typeof count !== "string") return undefined;
  if (!Object.values(labels).every((label) => typeof label === "string")) return undefined;
  return { labels: labels as Readonly<Record<string, string>>, value: Number(count) };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
