import type { ManifestPort } from "../../app/suggest-policies.ts";
import { contextKindOf, readCalicoContext } from "../../core/policy/kinds/calico/context.ts";
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
    const manifests = documents.map((document) => ({ value: document.value, locate: locateIn(file, lines, document) }));
    const [first, ...others] = manifests.filter(({ value }) => contextKindOf(value) === undefined);
    if (first === undefined || others.length + errors.length > 0) return { policy: undefined, findings: [] };
    const calico = readCalicoContext(manifests);
    const read = readPolicy(first, { calico: calico.context });
    return { policy: read?.policy, findings: [...calico.findings, ...(read?.findings ?? [])] };
  },
};
