import type { PolicyTexts } from "../../app/judge/judge-ports.ts";
import { readPolicySet } from "../../app/policy-source.ts";
import { isPolicyManifest } from "../../core/policy/read-policy.ts";
import { readDocuments } from "./documents.ts";
import { documentAt } from "./edit-manifest.ts";
import { policyFilesWith } from "./policy-files.ts";
import { objectsOf } from "./read-manifests.ts";

const files = policyFilesWith({ stdin: nothing() });

/** Manifests as somebody types them, or a cluster holds them: nothing is read from disk. */
export const policyTexts: PolicyTexts = {
  edit: (path, text, edits) => files.edit(path, text, edits),
  documentAt,
  policiesIn(path, text, options) {
    const { documents, lines } = readDocuments(path, text);
    const manifests = documents.flatMap((placed) => objectsOf(path, lines, placed));
    return readPolicySet(
      manifests.filter(({ value }) => isPolicyManifest(value)),
      1,
      [],
      options,
    );
  },
  troublesIn: (text) =>
    readDocuments("policy.yaml", text, { withPlaces: false }).errors.map(({ code, message, line, column }) => ({
      code,
      message,
      line,
      column,
    })),
};

async function* nothing(): AsyncGenerator<Uint8Array> {}
