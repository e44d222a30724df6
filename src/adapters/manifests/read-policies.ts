import { type PolicyReading, type PolicyReadOptions, readPolicySet } from "../../app/policy-source.ts";
import { formatManifestError } from "./manifest-error.ts";
import { readManifests } from "./read-manifests.ts";
import type { ManifestIo } from "./source-files.ts";

/** The port `ReadPolicies`: what is wrong with policies is found, what cannot be read at all is handed on beside it. */
export async function readPolicies(
  paths: readonly string[],
  options: PolicyReadOptions,
  io: ManifestIo,
): Promise<PolicyReading> {
  const { documents, files, errors } = await readManifests(paths, io);
  const unreadable = errors.map((error) => ({ code: error.code, message: formatManifestError(error) }));
  return readPolicySet(documents, files.length, unreadable, options);
}
