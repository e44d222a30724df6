import type { Failure } from "../../app/failure.ts";
import { nothingRead, type PolicyReading, type PolicyReadOptions } from "../../app/policy-source.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Context } from "./context.ts";

/**
 * Policies of the paths named on the command line; at least one, unless every path is `/dev/null`, which stands for "no
 * policies", as it stands for "no file" to other tools.
 */
export async function gatherPolicies(
  paths: readonly string[],
  options: PolicyReadOptions,
  { ports }: Context,
): Promise<Result<PolicyReading, readonly Failure[]>> {
  const named = paths.filter((path) => path !== "/dev/null");
  if (named.length === 0) return ok(nothingRead);
  const reading = await ports.readPolicies(named, options);
  if (!reading.ok || reading.value.files.length > 0) return reading;
  const message =
    `found no EgressFirewall, EgressNetworkPolicy or NetworkPolicy in ${named.map((path) => `\`${path}\``).join(", ")}, ` +
    "name the files or folders that hold them";
  return fail([{ code: "policies_none", message }]);
}
