import { policyTexts } from "../../src/adapters/manifests/policy-texts.ts";
import type { EnforceParts } from "../../src/app/enforce/enforce-parts.ts";
import type { AutomationSettings } from "../../src/app/wire/settings.ts";
import { parseIp } from "../../src/core/net/ip.ts";
import type { Edge, ObservedVerdict } from "../../src/pipeline/flows/edge.ts";
import type { Proposal } from "../../src/pipeline/propose/proposal.ts";
import { proposalWorld, type ProposalWorld, shop } from "./proposal-world.ts";

/** The proposals' world with a history, a cluster and settings of automation that the test writes. */
export interface EnforceWorld extends ProposalWorld {
  readonly parts: EnforceParts;
  /** Tests change it. */
  readonly settings: { now: AutomationSettings };
  readonly stored: (id: string) => Promise<Proposal>;
  /** What the cluster holds, and what its status says; undefined: nothing. */
  readonly live: (manifest: string | undefined, status?: string) => void;
  /** Traffic to now: `cart 203.0.113.7 443`. */
  readonly seen: (text: string, verdict: ObservedVerdict, fromMs?: number) => void;
}

export async function enforceWorld(): Promise<EnforceWorld> {
  const world = await proposalWorld();
  const edges: Edge[] = [];
  const settings: EnforceWorld["settings"] = {
    now: {
      defaultPhase: "observe",
      threshold: 0.99,
      changesPerDay: 2,
      windows: [],
      timeZone: "Europe/Berlin",
      never: ["openshift-*"],
      onBlocked: "open-revert",
      reviewEveryDays: 90,
    },
  };
  const parts: EnforceParts = {
    ...world,
    texts: policyTexts,
    automation: () => Promise.resolve(settings.now),
    history: {
      edges: ({ window }) =>
        Promise.resolve({
          edges: edges.filter((edge) => edge.lastSeenMs! >= window.fromMs && edge.firstSeenMs! < window.toMs),
          isCut: false,
        }),
    },
  };
  return {
    ...world,
    parts,
    settings,
    stored: async (id) => {
      const proposal = await world.decisions.proposals.byId(id);
      if (proposal === undefined) throw new Error(`no proposal ${id}`);
      return proposal;
    },
    live: (manifest, status = "EgressFirewall Rules applied") => {
      const isApplied = status === "" ? undefined : true;
      const object = { kind: "EgressFirewall", name: "default", namespace: "shop", status, isApplied };
      world.said.live = manifest === undefined ? [] : [{ ...object, manifest }];
    },
    seen: (text, verdict, fromMs = world.clock.nowMs) => {
      edges.push(edgeOf(text, verdict, fromMs, world.clock.nowMs));
    },
  };
}

function edgeOf(text: string, verdict: ObservedVerdict, firstSeenMs: number, lastSeenMs: number): Edge {
  const [name = "", address = "", port = ""] = text.split(" ");
  const ip = parseIp(address);
  if (!ip.ok) throw new Error(`${address} is no address`);
  return {
    ...shop,
    workload: { kind: "Deployment", name },
    address: ip.value,
    prefixLength: undefined,
    protocol: "tcp",
    port: Number(port),
    verdict,
    names: [],
    decidedBy: [],
    flows: 3,
    bytes: undefined,
    firstSeenMs,
    lastSeenMs,
    activity: [],
  };
}
