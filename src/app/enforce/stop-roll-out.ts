import type { Need } from "../../pipeline/enforce/blocked-needs.ts";
import { isNever } from "../../pipeline/enforce/plan-automation.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { postern } from "../access/principal.ts";
import { alertRecord } from "../proposals/proposal-records.ts";
import { proposeRevert, type RevertReach } from "../proposals/propose-revert.ts";
import type { NamespaceRecord } from "../state/namespaces.ts";
import type { AutomationSettings } from "../wire/settings.ts";
import type { EnforceParts } from "./enforce-parts.ts";

const mostExamples = 10;
const mostNames = 5;

/**
 * Stops automation because a change blocks what was to keep working, says so, and takes the change back as far as people allow: once for
 * a proposal, so that a person who clears the stop or declines the revert is not overruled.
 */
export async function stopRollOut(
  parts: Pick<EnforceParts, "place" | "law" | "automation">,
  proposal: Proposal,
  blocked: readonly Need[],
): Promise<Proposal | undefined> {
  const { place } = parts;
  const { cluster, namespace } = proposal;
  const where = { cluster, namespace };
  if (await wasTakenBack(parts, proposal)) return undefined;
  const why = `#${proposal.number} blocks what was to keep working: ${sentenceOf(blocked)}`;
  await place.decisions.change(async (books) => {
    const record = await books.namespaces.get(where);
    if (record?.stoppedBecause !== undefined) return;
    // A record of the audit log has its limits, and an address may have any number of names.
    const examples = blocked.slice(0, mostExamples).map((need) => ({ ...need, names: need.names.slice(0, mostNames) }));
    await books.audit.append([
      alertRecord(proposal, place.nowMs(), why, {
        blocked: examples,
        blockedInAll: blocked.length,
        stops: "automation",
      }),
    ]);
    await books.namespaces.set(where, { stoppedBecause: why });
  });
  place.events.tell({ type: "namespace", ...where }, where);
  const record = await place.decisions.namespaces.get(where);
  const reach = reachOf(record, await parts.automation());
  const revert = await proposeRevert({ place, law: parts.law }, proposal, postern, why, reach);
  return revert.ok ? revert.value : undefined;
}

function reachOf(record: NamespaceRecord | undefined, { onBlocked, never }: AutomationSettings): RevertReach {
  if (record === undefined || record.phase === "observe" || isNever(never, record)) return "review";
  return record.phase === "automate" && onBlocked === "merge-revert" ? "merge" : "pull-request";
}

async function wasTakenBack({ place }: Pick<EnforceParts, "place">, proposal: Proposal): Promise<boolean> {
  const { proposals } = await place.decisions.proposals.list({
    within: [{ cluster: proposal.cluster, namespace: proposal.namespace }],
    origins: ["revert"],
    sort: "number",
    isDescending: true,
    limit: 100,
  });
  return proposals.some(({ reverts }) => reverts === proposal.id);
}

/** The first of them and how many more. */
export function sentenceOf(blocked: readonly Need[]): string {
  const [first] = blocked;
  if (first === undefined) return "nothing";
  const { workload, names, address, protocol, port } = first;
  const more = blocked.length > 1 ? `, and ${blocked.length - 1} more` : "";
  return `${workload} to ${names[0] ?? address} ${protocol}/${port}${more}`;
}
