import { z } from "zod";
import { grantPlace, userName } from "../access/user-form.ts";
import { person } from "./list.ts";

export const userGrant = z.object({
  verb: z.enum(["view", "edit", "approve", "administer"]),
  /** `cluster/namespace` with `*` for any run of characters, or `*` for everything. */
  where: z.string().regex(grantPlace, "write `cluster/namespace`, or `*` for everything"),
});

/** Somebody with a name and password of this server's own. */
export const userView = z.object({
  person,
  isAdministrator: z.boolean(),
  grants: z.array(userGrant),
  /** False until the link was used. */
  hasPassword: z.boolean(),
  isDisabled: z.boolean(),
  lastSeenMs: z.number().nullable(),
});
export type UserView = z.infer<typeof userView>;

export const newUser = z.object({
  /** To sign in with. */
  name: z.string().regex(userName, "take small letters, digits, `.`, `_` and `-`"),
  title: z.string().min(1).max(100).optional(),
  isAdministrator: z.boolean().default(false),
  grants: z.array(userGrant).max(200).default([]),
});
export type NewUser = z.infer<typeof newUser>;

export const userChange = z.object({
  isAdministrator: z.boolean().optional(),
  grants: z.array(userGrant).max(200).optional(),
  isDisabled: z.boolean().optional(),
});
export type UserChange = z.infer<typeof userChange>;

/** A secret that works once within a week, as the end of the address `/sign-in/link#…`. */
export const userLink = z.object({ user: userView, link: z.string() });
export type UserLink = z.infer<typeof userLink>;
