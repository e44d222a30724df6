import { z } from "zod";
import { problem } from "../../../app/wire/list.ts";

const asProblem = (description: string): object => ({
  description,
  content: { "application/problem+json": { schema: problem } },
});

/** The refusals that a route can answer with, for the OpenAPI document. */
export function problemAnswers({
  needsVersion,
  hasInput,
}: {
  readonly needsVersion: boolean;
  readonly hasInput: boolean;
}): Readonly<Record<number, object>> {
  return {
    400: asProblem("The request cannot be understood; `findings` say where."),
    401: asProblem("Nobody is signed in."),
    403: asProblem("Not allowed."),
    404: asProblem("There is no such thing, or none that you may see."),
    ...(hasInput
      ? {
          409: asProblem("The state does not allow this now."),
          412: asProblem("It was changed since it was read."),
          413: asProblem("The request is too large."),
          415: asProblem("The request is no `application/json`."),
          422: asProblem("What was sent does not hold together; `findings` say where."),
          423: asProblem("The organisation's law says no; `findings` name the clauses."),
        }
      : {}),
    ...(needsVersion ? { 428: asProblem("`If-Match` is missing.") } : {}),
    429: asProblem("Too many requests; `Retry-After` says when to come back."),
    500: asProblem("The server failed; its log says why."),
    503: asProblem("Something that is needed cannot be reached now."),
    504: asProblem("It took too long and was given up."),
  };
}

/** A name in an address. */
export const pathName: z.ZodString = z.string().min(1).max(253);
