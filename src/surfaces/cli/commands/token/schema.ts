import { z } from "zod";
import { tokenScopes } from "../../../../app/state/tokens.ts";
import { time } from "../../schema/common.ts";

/** Of `token list`. */
export const tokensOutput = z.strictObject({
  schema: z.literal("postern/tokens/v1"),
  tokens: z
    .array(
      z
        .strictObject({
          id: z.string().describe("public part of the token"),
          label: z.string(),
          state: z.enum(["valid", "revoked", "expired"]),
          scopes: z.array(z.enum(tokenScopes)),
          clusters: z.array(z.string()).describe("names, or `*` for every cluster"),
          created: time,
          expires: time.nullable(),
          revoked: time.nullable(),
          lastUsed: time.nullable().describe("to a minute or so"),
        })
        .meta({ id: "Token" }),
    )
    .describe("the oldest first"),
});

export type TokensOutput = z.output<typeof tokensOutput>;
