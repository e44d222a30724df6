import type { LiveSourceKind } from "../../../app/live/live-source-kind.ts";
import { GoldmaneSource } from "./goldmane-source.ts";
import type { GoldmaneOptions } from "./options.ts";

/** Flows of open-source Calico. Without addresses: a baseline of who talks at all. */
export const goldmaneSource: LiveSourceKind<GoldmaneOptions> = {
  kind: "goldmane",
  summary: "flows of Calico from Goldmane, without addresses: who talks at all, over which ports",
  options: async () => (await import("./options.ts")).goldmaneOptions,
  open: (name, options, machine) => new GoldmaneSource(name, options, machine),
};
