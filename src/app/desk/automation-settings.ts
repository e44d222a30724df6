import type { SettingBook } from "../state/settings.ts";
import { automationSettings, type AutomationSettings } from "../wire/settings.ts";

const setting = "automation";

/** What holds before anybody decided: people look first, and nothing happens by itself. */
export const defaultAutomation: AutomationSettings = {
  defaultPhase: "observe",
  threshold: 0.99,
  changesPerDay: 5,
  windows: [],
  timeZone: "UTC",
  never: ["openshift-*", "kube-*"],
  onBlocked: "open-revert",
  reviewEveryDays: 90,
};

export interface VersionedAutomation {
  readonly automation: AutomationSettings;
  /** 0: nobody changed them yet. */
  readonly version: number;
  /** As it is stored, to exchange it. */
  readonly text: string | undefined;
}

/** Rejects when what is stored is of another program: acting on what is not understood would be worse than not acting. */
export async function readAutomation(settings: SettingBook): Promise<VersionedAutomation> {
  const text = await settings.get(setting);
  if (text === undefined) return { automation: defaultAutomation, version: 0, text };
  const stored = JSON.parse(text) as { readonly version?: unknown; readonly automation?: unknown };
  const automation = automationSettings.parse(stored.automation);
  return { automation, version: Number(stored.version), text };
}

/** @returns false when somebody else changed them meanwhile */
export async function writeAutomation(
  settings: SettingBook,
  before: VersionedAutomation,
  automation: AutomationSettings,
): Promise<boolean> {
  const text = JSON.stringify({ version: before.version + 1, automation });
  return settings.exchange(setting, before.text, text);
}
