import type { ManifestPort } from "../../app/suggest-policies.ts";
import { readPolicy } from "../../core/policy/read-policy.ts";
import { readDocuments } from "./documents.ts";
import { locateIn } from "./places.ts";
import { printManifest } from "./print.ts";

const file = "suggestion.yaml";

/** How a suggestion becomes text and is read again before anybody sees it. */
export const manifestPort: ManifestPort = {
  print: printManifest,
  read(text) {
    const { documents, errors, lines } = readDocuments(file, text);
    const [first, ...others] = documents;
    if (first === undefined || others.length + errors.length > 0) return { policy: undefined, findings: [] };
    const manifest = { value: first.value, locate: locateIn(file, lines, first) };
    const read = readPolicy(manifest);
    return { policy: read?.policy, findings: read?.findings ?? [] };
  },
};
