import type { Failure } from "../../app/failure.ts";
import type { RepositoryObject, RepositoryYaml } from "../../app/gitops/repository-yaml.ts";
import { kindOf, ownField } from "../../core/policy/manifest.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { readDocuments } from "./documents.ts";
import { removeDocument, replaceDocument } from "./edit-document.ts";
import { addEntry, removeEntries } from "./edit-entries.ts";
import { documentAt } from "./edit-manifest.ts";
import { formatManifestError, type ManifestError } from "./manifest-error.ts";
import { policyFilesWith } from "./policy-files.ts";
import { objectsOf } from "./read-manifests.ts";
import type { ManifestIo } from "./source-files.ts";

/** Nothing is read from this machine's disk: texts come from a repository. */
const nowhere = {} as ManifestIo;
const policyFiles = policyFilesWith(nowhere);

export const repositoryYaml: RepositoryYaml = {
  edit: (path, text, edits) => policyFiles.edit(path, text, edits),
  policiesIn: (path, text, options) => policyFiles.policiesIn(path, text, options),
  documentAt,
  objectsIn(path, text) {
    const { documents, lines } = readDocuments(path, text);
    return documents.flatMap((placed) =>
      objectsOf(path, lines, placed).flatMap(({ value, locate }): RepositoryObject[] => {
        const said = kindOf(value);
        if (said === undefined) return [];
        const metadata = ownField(value, "metadata");
        const [name, namespace] = [ownField(metadata, "name"), ownField(metadata, "namespace")];
        return [
          {
            ...said,
            name: typeof name === "string" ? name : "",
            namespace: typeof namespace === "string" ? namespace : "",
            value,
            at: locate([]),
          },
        ];
      }),
    );
  },
  valueOf(path, text) {
    const { documents, errors } = readDocuments(path, text, { withPlaces: false });
    const [first] = errors;
    return first === undefined ? ok(documents[0]?.value) : asFailure(fail(first));
  },
  replaceObject: (path, text, at, manifest) => asFailure(replaceDocument(path, text, at, manifest)),
  removeObject: (path, text, at) => asFailure(removeDocument(path, text, at)),
  addEntry: (path, text, list, entry) => asFailure(addEntry(path, text, list, entry)),
  removeEntries: (path, text, list, isMeant) => asFailure(removeEntries(path, text, list, isMeant)),
};

function asFailure<T>(result: Result<T, ManifestError>): Result<T, Failure> {
  return result.ok ? result : fail({ code: result.error.code, message: formatManifestError(result.error) });
}
