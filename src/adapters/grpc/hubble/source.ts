import type { LiveSourceKind } from "../../../app/live/live-source-kind.ts";
import { HubbleSource } from "./hubble-source.ts";
import type { HubbleOptions } from "./options.ts";

/** Flows of Cilium, through Hubble's relay or an agent's own server. */
export const hubbleSource: LiveSourceKind<HubbleOptions> = {
  kind: "hubble",
  summary: "flow events of Cilium, from Hubble's relay or from one agent",
  options: async () => (await import("./options.ts")).hubbleOptions,
  open: (name, options, machine) => new HubbleSource(name, options, machine),
};
