import { z } from "zod";
import { person } from "./list.ts";

/** What the sign-in page offers; anybody may ask. */
export const signInWays = z.object({
  local: z.boolean(),
  /** Where to send the browser: `/auth/oidc/start?…`. */
  oidc: z.array(z.object({ id: z.string(), title: z.string(), start: z.string() })),
  kubernetesToken: z.boolean(),
  version: z.string(),
});
export type SignInWays = z.infer<typeof signInWays>;

export const signInRequest = z.discriminatedUnion("way", [
  z.object({ way: z.literal("local"), name: z.string().max(200), password: z.string().max(1_000) }),
  /** Of the link that the first run prints; sets a password. */
  z.object({
    way: z.literal("link"),
    secret: z.string().max(200),
    name: z.string().max(200).optional(),
    password: z.string().max(1_000).optional(),
  }),
  z.object({ way: z.literal("kubernetes"), token: z.string().max(20_000) }),
]);
export type SignInRequest = z.infer<typeof signInRequest>;

export const sessionView = z.object({
  person,
  /** Sent back as `x-postern-csrf` with everything that changes something. */
  csrf: z.string(),
  mayAdminister: z.boolean(),
  /** Some namespace may be approved by this person. */
  mayApprove: z.boolean(),
  /** Null: every namespace. */
  namespaces: z.number().int().nullable(),
  expiresAtMs: z.number(),
  /** A sample cluster is shown, not a real one. */
  isSample: z.boolean(),
  /** `POST /session/slack-code` gives a code to link one's Slack account with. */
  hasSlack: z.boolean(),
  version: z.string(),
});
export type SessionView = z.infer<typeof sessionView>;
