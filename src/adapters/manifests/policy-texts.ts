import type { PolicyTexts } from "../../app/judge/judge-ports.ts";
import { readPolicySet } from "../../app/policy-source.ts";
import { contextKindOf } from "../../core/policy/kinds/calico/context.ts";
import { ownField } from "../../core/policy/manifest.ts";
import { isPolicyManifest, policyKindOf } from "../../core/policy/read-policy.ts";
import { readDocuments } from "./documents.ts";
import { documentAt } from "./edit-manifest.ts";
import { policyFilesWith } from "./policy-files.ts";
import { objectsOf } from "./read-manifests.ts";

const path = "policy.yaml";
const files = policyFilesWith({ stdin: nothing() });

/** Manifests as somebody types them, or a cluster holds them: nothing is read from disk. */
export const policyTexts: PolicyTexts = {
  edit: (file, text, edits) => files.edit(file, text, edits),
  documentAt,
  policiesIn(file, text, options) {
    const { documents, lines } = readDocuments(file, text);
    const manifests = documents.flatMap((placed) => objectsOf(file, lines, placed));
    return readPolicySet(
      manifests.filter(({ value }) => isPolicyManifest(value)),
      1,
      [],
      options,
    );
  },
  troublesIn: (text) =>
    readDocuments(path, text, { withPlaces: false }).errors.map(({ code, message, line, column }) => ({
      code,
      message,
      line,
      column,
    })),
  othersIn: (text) => {
    const { documents, lines } = readDocuments(path, text);
    return documents
      .flatMap((placed) => objectsOf(path, lines, placed))
      .filter(({ value }) => policyKindOf(value) === undefined)
      .map(({ value, locate }) => {
        const metadata = ownField(value, "metadata");
        const { line, column } = locate([]);
        const kind = textOf(value, "kind");
        const isContext = contextKindOf(value) !== undefined;
        return {
          kind,
          namespace: textOf(metadata, "namespace"),
          name: textOf(metadata, "name"),
          isContext,
          line,
          column,
        };
      });
  },
};

function textOf(value: unknown, key: string): string {
  const text = ownField(value, key);
  return typeof text === "string" ? text : "";
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
