import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../../context.ts";
import type { Finish } from "../../options.ts";
import { addStateOptions, type StateFlags } from "../../state-options.ts";
import type { SetFlags } from "./run.ts";

/** Declares the command and those below it; what they need is loaded when they run. */
export function addQuota(program: Command, context: Context, finish: Finish): void {
  const quota = program
    .command("quota")
    .summary("limit what clusters may send to a collector")
    .description(
      "A cluster that has used up its quota is asked to come again later: its observers keep what they have, and nothing " +
        "is lost while their buffers last. The quota of `*` is for every cluster without one of its own. A running " +
        "collector knows of a change within seconds.",
    );
  addStateOptions(quota.command("set"))
    .summary("set the quota of a cluster")
    .description("Sets the quota of a cluster, in place of the one it had. Limits that are not named do not hold.")
    .argument("<cluster>", "its name, or `*` for every cluster without a quota of its own")
    .option("--edges-per-hour <count>", "rows of edges; an hour's worth may come at once", amount)
    .option("--edges-per-day <count>", "rows of edges; a day's worth may come at once", amount)
    .option("--bytes-per-minute <count>", "text of batches, before compression", amount)
    .action(async (cluster: string, flags: SetFlags) => {
      const { setQuota } = await import("./run.ts");
      finish(await setQuota(cluster, flags, context));
    });
  addStateOptions(quota.command("list"))
    .summary("list quotas")
    .description("Lists the quotas of a collector.")
    .action(async (flags: StateFlags) => {
      const { listQuotas } = await import("./run.ts");
      finish(await listQuotas(flags, context));
    });
  addStateOptions(quota.command("remove"))
    .summary("remove the quota of a cluster")
    .description("Removes the quota of a cluster: that of `*` holds again.")
    .argument("<cluster>", "its name, or `*`")
    .action(async (cluster: string, flags: StateFlags) => {
      const { removeQuota } = await import("./run.ts");
      finish(await removeQuota(cluster, flags, context));
    });
}

function amount(value: string): number {
  if (/^[0-9]{1,15}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("write a whole number");
}
