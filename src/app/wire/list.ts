import { z } from "zod";

/** Most rows of a page. */
export const mostPerPage = 500;

/**
 * What every list takes. `cursor` comes from the answer before and fits only the same filters and order; `sort` is a field, with `-`
 * before it for descending; `q` is looked for in the texts that the list shows, without case.
 */
export const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(mostPerPage).default(50),
  cursor: z.string().max(1_000).optional(),
  sort: z.string().max(60).optional(),
  q: z.string().max(200).optional(),
});
export type ListQuery = z.infer<typeof listQuery>;

/** A page of a list. `total` counts what the filters leave; where counting would be slow it is a lower bound and `isTotalExact` false. */
export function pageOf<T extends z.ZodType>(item: T): z.ZodObject<PageShape<T>> {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().optional(),
    total: z.number().int(),
    isTotalExact: z.boolean(),
  });
}

interface PageShape<T extends z.ZodType> extends z.core.$ZodLooseShape {
  items: z.ZodArray<T>;
  nextCursor: z.ZodOptional<z.ZodString>;
  total: z.ZodNumber;
  isTotalExact: z.ZodBoolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | undefined;
  readonly total: number;
  readonly isTotalExact: boolean;
}

/** A filter that takes one value or several: `?state=draft&state=approved`. */
export function severalOf<T extends z.ZodType>(item: T): z.ZodOptional<z.ZodPipe<z.ZodTransform, z.ZodArray<T>>> {
  const asList = (value: unknown): unknown => (value === undefined || Array.isArray(value) ? value : [value]);
  return z.preprocess(asList, z.array(item).max(100)).optional() as never;
}

/** Where a person or a program stands in what happened. */
export const person = z.object({
  /** Stable: `local:ada`, `oidc:<issuer>#<subject>`, `kubernetes:system:serviceaccount:…`, `slack:T1/U2`, `postern` for the server itself. */
  subject: z.string(),
  name: z.string(),
});
export type Person = z.infer<typeof person>;

export const namespaceRef = z.object({ cluster: z.string(), namespace: z.string() });
export type NamespaceRef = z.infer<typeof namespaceRef>;

/** As power of two of open address × port pairs; null: nothing is open. */
export const exposureView = z.object({
  v4: z.number().nullable(),
  v6: z.number().nullable(),
  /** Rules by name, whose addresses are not counted. */
  unresolvedRules: z.number().int(),
});
export type ExposureView = z.infer<typeof exposureView>;

/** What lint, a law or the checking of a form says; `line` and `column` from 1, `path` as in the document. */
export const findingView = z.object({
  code: z.string(),
  severity: z.enum(["error", "warning", "info"]),
  message: z.string(),
  /** What to do; empty where the message says it. */
  fix: z.string(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  path: z.string().optional(),
});
export type FindingView = z.infer<typeof findingView>;

/** RFC 9457, as every refusal is answered. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  /** What exactly, where there is more than one thing. */
  findings: z.array(findingView).optional(),
});
export type Problem = z.infer<typeof problem>;
