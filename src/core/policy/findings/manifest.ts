import type { FindingKind } from "./catalogue.ts";

const nothing = "neither `oc apply` nor a GitOps tool can read it: nothing of it reaches the cluster";

/** What is wrong with the text before any object can be seen in it. */
export const manifestFindings = {
  manifest_syntax: {
    severity: "error",
    consequence: "refused",
    title: "the text is neither YAML nor JSON",
    effect: nothing,
    fix: "mend the text at this place; the cause may stand a little before it",
  },
  manifest_duplicate_key: {
    severity: "error",
    consequence: "refused",
    title: "a key is written twice",
    effect: "most tools refuse it; some silently take the last of the two",
    fix: "keep one of them",
  },
  manifest_template: {
    severity: "error",
    consequence: "refused",
    title: "a template instead of a manifest",
    effect: nothing,
    fix: "render it first, such as with `helm template`, and read the result",
  },
  manifest_empty: {
    severity: "warning",
    consequence: "kept",
    title: "the file is empty",
    effect: "nothing is applied",
    fix: "fill the file or remove it",
  },
  manifest_binary: {
    severity: "error",
    consequence: "refused",
    title: "the file is not UTF-8 text",
    effect: nothing,
    fix: "name the right file, unpack it, or save it as UTF-8",
  },
  manifest_too_deep: {
    severity: "error",
    consequence: "refused",
    title: "the document is nested more than 100 levels deep",
    effect: "no Kubernetes object is: tools refuse it or run out of memory",
    fix: "write the object itself",
  },
  manifest_alias_bomb: {
    severity: "error",
    consequence: "refused",
    title: "aliases add more than 200,000 values to the document",
    effect: "the API server refuses documents that grow like this",
    fix: "write the values out, or use fewer aliases of aliases",
  },
  manifest_too_many_documents: {
    severity: "error",
    consequence: "refused",
    title: "more than 10,000 documents in one file",
    effect: "the documents after the limit were not judged",
    fix: "split the file",
  },
} as const satisfies Record<string, FindingKind>;
