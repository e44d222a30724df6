import type { Failure } from "../../app/failure.ts";
import { type PolicyReading, type PolicyReadOptions, readPolicySet } from "../../app/policy-source.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { formatManifestError } from "./manifest-error.ts";
import { readManifests } from "./read-manifests.ts";
import type { ManifestIo } from "./source-files.ts";

/** The port `ReadPolicies`: what is wrong with policies is found, what cannot be read at all is a failure. */
export async function readPolicies(
  paths: readonly string[],
  options: PolicyReadOptions,
  io: ManifestIo,
): Promise<Result<PolicyReading, readonly Failure[]>> {
  const { documents, files, errors } = await readManifests(paths, io);
  if (errors.length > 0)
    return fail(errors.map((error) => ({ code: error.code, message: formatManifestError(error) })));
  return ok(readPolicySet(documents, files.length, options));
}
