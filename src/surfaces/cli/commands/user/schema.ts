import { z } from "zod";
import { verbs } from "../../../../app/access/access.ts";
import { time } from "../../schema/common.ts";

/** Of `user list`. */
export const usersOutput = z.strictObject({
  schema: z.literal("postern/users/v1"),
  users: z
    .array(
      z
        .strictObject({
          name: z.string().describe("to sign in with"),
          title: z.string().describe("as others read it"),
          state: z.enum(["active", "invited", "disabled"]).describe("`invited`: has not chosen a password yet"),
          isAdministrator: z.boolean(),
          grants: z.array(
            z.strictObject({
              verb: z.enum(verbs),
              where: z.string().describe("`cluster/namespace` with `*`, or `*` for everything"),
            }),
          ),
          lastSeen: time.nullable().describe("when they last signed in with their password"),
        })
        .meta({ id: "User" }),
    )
    .describe("by name"),
});

export type UsersOutput = z.output<typeof usersOutput>;
