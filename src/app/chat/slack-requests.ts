import { z } from "zod";
import type { ButtonValue } from "./slack-messages.ts";

/** What Slack sends when a button is pressed or a form is sent; only what is used. */
const who = { user: z.object({ id: z.string().max(50) }), team: z.object({ id: z.string().max(50) }) };
const pressed = z.object({
  type: z.literal("block_actions"),
  ...who,
  trigger_id: z.string().max(200),
  response_url: z.string().max(500).default(""),
  actions: z
    .array(z.object({ action_id: z.string().max(100), value: z.string().max(2_000).default("") }))
    .min(1)
    .max(10),
});
const sentForm = z.object({
  type: z.literal("view_submission"),
  ...who,
  view: z.object({
    callback_id: z.string().max(100),
    private_metadata: z.string().max(3_000),
    state: z.object({
      values: z.object({ comment: z.object({ text: z.object({ value: z.string().max(3_000).nullable() }) }) }),
    }),
  }),
});
export const interaction = z.discriminatedUnion("type", [pressed, sentForm]);
export type Interaction = z.infer<typeof interaction>;

export const command = z.object({
  user_id: z.string().max(50),
  team_id: z.string().max(50),
  text: z.string().max(3_000).default(""),
});
export type SlashCommand = z.infer<typeof command>;

const buttonValue = z.object({ id: z.string().max(100), revision: z.number().int() });
const formMetadata = buttonValue.extend({
  action: z.enum(["request-changes", "reject"]),
  responseUrl: z.string().max(500),
});

export function readButton(text: string): ButtonValue | undefined {
  return readJson(text, buttonValue);
}

export function readFormMetadata(text: string): z.infer<typeof formMetadata> | undefined {
  return readJson(text, formMetadata);
}

/** @returns undefined for what is no JSON, or another form */
export function readJson<T>(text: string, shape: z.ZodType<T>): T | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
