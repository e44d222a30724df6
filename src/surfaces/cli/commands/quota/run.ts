import type { Quota } from "../../../../app/state/quotas.ts";
import { quoted } from "../../../../core/quoted.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { type StateFlags, withState } from "../../state-options.ts";
import { tableLines } from "../../terminal/table.ts";

export interface SetFlags extends StateFlags {
  readonly edgesPerHour?: number;
  readonly edgesPerDay?: number;
  readonly bytesPerMinute?: number;
}

export async function setQuota(cluster: string, flags: SetFlags, context: Context): Promise<ExitCode> {
  const { edgesPerHour, edgesPerDay, bytesPerMinute } = flags;
  return withState(flags, context, async ({ quotas }) => {
    await quotas.set(cluster, { edgesPerHour, edgesPerDay, bytesPerMinute });
    return Exit.ok;
  });
}

export async function listQuotas(flags: StateFlags, context: Context): Promise<ExitCode> {
  const { out } = context;
  return withState(flags, context, async ({ quotas }) => {
    const columns = [
      { title: "cluster" },
      ...["edges/hour", "edges/day", "bytes/minute"].map((title) => ({ title, align: "right" as const })),
    ];
    const limit = (own: Quota[keyof Quota]): string =>
      own === undefined ? "-" : out.view.isTerminal ? own.toLocaleString("en-US") : String(own);
    const rows = (await quotas.all()).map(({ cluster, edgesPerHour, edgesPerDay, bytesPerMinute }) => [
      cluster,
      limit(edgesPerHour),
      limit(edgesPerDay),
      limit(bytesPerMinute),
    ]);
    out.asTheyAre(tableLines(columns, rows, out.view));
    return Exit.ok;
  });
}

export async function removeQuota(cluster: string, flags: StateFlags, context: Context): Promise<ExitCode> {
  return withState(flags, context, async ({ quotas }) => {
    if (await quotas.remove(cluster)) return Exit.ok;
    const message = `the cluster ${quoted(cluster)} has no quota of its own; \`postern quota list\` shows them`;
    return fail(context, [{ code: "quota_not_found", message }]);
  });
}
