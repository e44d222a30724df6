import type { Failure } from "../../app/failure.ts";
import { nothingRead, type PolicyReading, type PolicyReadOptions } from "../../app/policy-source.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Context } from "./context.ts";

/**
 * Policies of the paths named on the command line; at least one, unless every path is `/dev/null`, which stands for "no
 * policies", as it stands for "no file" to other tools. Anything unreadable is a failure.
 */
export async function gatherPolicies(
  paths: readonly string[],
  options: PolicyReadOptions,
  context: Context,
): Promise<Result<PolicyReading, readonly Failure[]>> {
  const reading = await gatherReadablePolicies(paths, options, context);
  return reading.ok && reading.value.unreadable.length > 0 ? fail(reading.value.unreadable) : reading;
}

/** {@link gatherPolicies} for whoever can use a part of them, as long as there is one. */
export async function gatherReadablePolicies(
  paths: readonly string[],
  options: PolicyReadOptions,
  { ports }: Context,
): Promise<Result<PolicyReading, readonly Failure[]>> {
  const named = paths.filter((path) => path !== "/dev/null");
  if (named.length === 0) return ok(nothingRead);
  const reading = await ports.readPolicies(named, options);
  if (reading.files.length > 0) return ok(reading);
  if (reading.unreadable.length > 0) return fail(reading.unreadable);
  const message =
    `found no EgressFirewall, EgressNetworkPolicy or NetworkPolicy in ${named.map((path) => `\`${path}\``).join(", ")}, ` +
    "name the files or folders that hold them";
  return fail([{ code: "policies_none", message }]);
}
