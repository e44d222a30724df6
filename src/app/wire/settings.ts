import { z } from "zod";
import { findingView, namespaceRef, person } from "./list.ts";
import { phase } from "./namespaces.ts";

/** The organisation's law as people wrote it; every change is a new version. */
export const lawDocument = z.object({
  name: z.string(),
  version: z.number().int(),
  text: z.string(),
  changedAtMs: z.number(),
  changedBy: person,
});
export type LawDocument = z.infer<typeof lawDocument>;
export const lawChange = z.object({ text: z.string().max(1_000_000), version: z.number().int().nullable() });
export const lawCheck = z.object({
  findings: z.array(findingView),
  breaches: z.array(z.object({ proposal: z.string(), clause: z.string() })),
});

export const automationSettings = z.object({
  /** Of new namespaces. */
  defaultPhase: phase,
  /** Least readiness for a day before anything goes without a person. */
  threshold: z.number().min(0.5).max(1),
  /** Most changes by automation in any 24 hours, over all namespaces. */
  changesPerDay: z.number().int().min(0).max(10_000),
  /** When automation may act; none: always. Hours and minutes in `timeZone`, `days` 1 (Monday) to 7. */
  windows: z
    .array(z.object({ days: z.array(z.number().int().min(1).max(7)), from: z.string(), to: z.string() }))
    .max(20),
  timeZone: z.string(),
  /** Patterns of namespaces that automation never touches: `openshift-*`. */
  never: z.array(z.string()).max(1_000),
  /** What happens when a merged change blocks something needed. */
  onBlocked: z.enum(["open-revert", "merge-revert"]),
  reviewEveryDays: z.number().int().min(1).max(366),
});
export type AutomationSettings = z.infer<typeof automationSettings>;

export const settingsView = z.object({
  automation: automationSettings,
  version: z.number().int(),
  laws: z.array(lawDocument),
  /** What the server was started with, without secrets; changed by its configuration only. */
  repositories: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      url: z.string(),
      layout: z.string(),
      trouble: z.string().nullable(),
    }),
  ),
  users: z.array(z.object({ person, isAdministrator: z.boolean(), lastSeenMs: z.number().nullable() })),
  stopped: z.array(z.object({ ...namespaceRef.shape, because: z.string() })),
});
export type SettingsView = z.infer<typeof settingsView>;
