import type { Failure } from "../../app/failure.ts";
import type { PolicyFiles } from "../../app/policy-files.ts";
import { readPolicySet } from "../../app/policy-source.ts";
import { policyKindOf } from "../../core/policy/read-policy.ts";
import { fail, ok } from "../../core/result.ts";
import { readDocuments } from "./documents.ts";
import { documentAt, editManifest } from "./edit-manifest.ts";
import { formatManifestError, type ManifestError } from "./manifest-error.ts";
import { largestFileBytes, objectsOf } from "./read-manifests.ts";
import { replaceFiles } from "./replace-files.ts";
import { type ManifestIo, readText } from "./source-files.ts";

export function policyFilesWith(io: ManifestIo): PolicyFiles {
  return {
    async readText(path) {
      const text = await readText(path, io, largestFileBytes);
      return text.ok ? text : fail(failureOf(text.error));
    },
    edit(path, text, edits) {
      const edited = editManifest(path, text, edits);
      return edited.ok ? ok(edited.value) : fail(failureOf(edited.error));
    },
    documentAt,
    policiesIn(path, text, options) {
      const { documents, lines, errors } = readDocuments(path, text);
      const manifests = documents.flatMap((placed) => objectsOf(path, lines, placed));
      const wanted = manifests.filter(({ value }) => policyKindOf(value) !== undefined);
      return readPolicySet(wanted, 1, errors.map(failureOf), options);
    },
    replace: replaceFiles,
  };
}

function failureOf(error: ManifestError): Failure {
  return { code: error.code, message: formatManifestError(error) };
}
