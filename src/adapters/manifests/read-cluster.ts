import type { Failure } from "../../app/failure.ts";
import type { ClusterReading } from "../../app/flow-source.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { ClusterDump } from "../../pipeline/flows/cluster-dump/cluster-dump.ts";
import { readDocuments } from "./documents.ts";
import { formatManifestError, type ManifestError } from "./manifest-error.ts";
import { findSourceFiles, type ManifestIo, readText } from "./source-files.ts";

/** Of one file; `-o json` is read fastest. */
export const largestDumpBytes = 256 * 2 ** 20;

/** The port `ReadCluster`: files and folders of `oc get … -o yaml` or `-o json`; other objects are passed over. */
export async function readCluster(
  paths: readonly string[],
  io: ManifestIo,
): Promise<Result<ClusterReading, readonly Failure[]>> {
  const { files, errors: missing } = await findSourceFiles(paths);
  const errors = [...missing];
  const dump = new ClusterDump();
  for (const { file, isNamed } of files) {
    const text = await readText(file, io, largestDumpBytes);
    if (!text.ok) errors.push(text.error);
    else if (text.value.trim() === "") {
      if (isNamed) errors.push({ code: "manifest_empty", message: "the file is empty", file });
    } else errors.push(...addText(dump, file, text.value));
  }
  if (errors.length > 0)
    return fail(errors.map((error) => ({ code: error.code, message: formatManifestError(error) })));
  const facts = dump.facts();
  return ok({ facts, warnings: dump.warnings(facts) });
}

function addText(dump: ClusterDump, file: string, text: string): readonly ManifestError[] {
  if (/^\s*\{/.test(text)) {
    try {
      dump.add(JSON.parse(text));
      return [];
    } catch {
      // Not JSON after all, or broken: the slower reader says where.
    }
  }
  const { documents, errors } = readDocuments(file, text, { withPlaces: false });
  for (const { value } of documents) dump.add(value);
  return errors;
}
