import { isDeepStrictEqual } from "node:util";
import { ownField } from "../../core/policy/manifest.ts";
import type { PrintedRule } from "../../core/policy/rule-edit.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { planEdit } from "../../pipeline/suggest/edit/plan-edit.ts";
import type { Failure } from "../failure.ts";
import type { FoundObject } from "./find-object.ts";
import type { RepositoryYaml } from "./repository-yaml.ts";
import { areSamePolicies, isSamePolicy } from "./same-policy.ts";

/** How a manifest came into a file that held the object already. */
export interface WrittenInto {
  readonly text: string;
  readonly how: "unchanged" | "rules-edited" | "document-replaced";
}

const editedKinds: ReadonlySet<string> = new Set(["EgressFirewall", "EgressNetworkPolicy", "NetworkPolicy"]);

/**
 * The file with the approved manifest in place of the object that it holds: only the rules that differ where that is proven to mean the
 * same, and the whole document otherwise. Other documents keep their bytes.
 * @param base the text that the manifest was made from: where the document is that text, the manifest takes its place as it is
 */
export function writeIntoFile(
  yaml: RepositoryYaml,
  { path, text, object }: FoundObject,
  manifest: string,
  base: string | undefined,
): Result<WrittenInto, Failure> {
  const document = yaml.documentAt(text, object.at);
  const today = document?.text;
  if (today !== undefined && today.trim() === manifest.trim()) return ok({ text, how: "unchanged" });
  const isFromHere = today !== undefined && base !== undefined && today.trim() === base.trim();
  if (!isFromHere && !changesMetadata(yaml, base, manifest)) {
    const edited = editRules(yaml, { path, text, object }, manifest);
    if (edited !== undefined) return ok(edited);
  }
  if (document !== undefined && document.objects > 1) {
    const message = `${path}: the object stands in one document with others: give it a document of its own`;
    return fail({ code: "manifest_edit_refused", message });
  }
  const replaced = yaml.replaceObject(path, text, object.at, manifest);
  if (!replaced.ok) return replaced;
  return ok({ text: replaced.value, how: "document-replaced" });
}

/** Undefined where it is not possible for sure. */
function editRules(
  yaml: RepositoryYaml,
  { path, text, object }: FoundObject,
  manifest: string,
): WrittenInto | undefined {
  if (!editedKinds.has(object.kind)) return undefined;
  const before = yaml.policiesIn(path, text, {}).policies;
  const turn = before.findIndex(({ at }) => at.line === object.at.line && at.column === object.at.column);
  const today = before[turn];
  const read = yaml.policiesIn("approved.yaml", manifest, {});
  const [wanted, ...others] = read.policies;
  if (today === undefined || wanted === undefined || others.length > 0 || wanted.notApplied !== undefined)
    return undefined;
  if (areSamePolicies(today, wanted)) return { text, how: "unchanged" };
  const plan = planEdit(today, wanted, writtenRulesOf(yaml, manifest));
  if (plan.kind === "rewrite") return undefined;
  const edited = yaml.edit(path, text, [{ at: object.at, edits: plan.edits }]);
  if (!edited.ok) return undefined;
  const now = yaml.policiesIn(path, edited.value, {}).policies[turn];
  return now !== undefined && areSamePolicies(now, wanted) ? { text: edited.value, how: "rules-edited" } : undefined;
}

/** The rules as the manifest writes them, each with the comment directly above it. */
function writtenRulesOf(yaml: RepositoryYaml, manifest: string): readonly PrintedRule[] {
  const [object] = yaml.objectsIn("approved.yaml", manifest);
  const egress = ownField(ownField(object?.value, "spec"), "egress");
  if (!Array.isArray(egress)) return [];
  const lines = manifest.split("\n");
  const places = yaml.policiesIn("approved.yaml", manifest, {}).policies[0]?.ruleLocations ?? [];
  return (egress as readonly PrintedRule["value"][]).map((value, i) => ({
    value,
    comment: commentAbove(lines, places[i]?.line),
  }));
}

function commentAbove(lines: readonly string[], line: number | undefined): readonly string[] {
  const comment: string[] = [];
  for (let at = (line ?? 1) - 2; at >= 0; at -= 1) {
    const [, words] = /^\s*# ?(.*?)\s*$/.exec(lines[at] ?? "") ?? [];
    if (words === undefined) break;
    comment.unshift(words);
  }
  return comment;
}

/** Labels, annotations and whatever else is no rule: the rules alone would lose a change of these. */
function changesMetadata(yaml: RepositoryYaml, base: string | undefined, manifest: string): boolean {
  const [now] = yaml.objectsIn("approved.yaml", manifest);
  const labelsOf = (value: unknown): unknown => [
    ownField(ownField(value, "metadata"), "labels") ?? {},
    ownField(ownField(value, "metadata"), "annotations") ?? {},
  ];
  if (base === undefined || base === "") return false;
  const [before] = yaml.objectsIn("base.yaml", base);
  return !isDeepStrictEqual(labelsOf(before?.value), labelsOf(now?.value));
}

/** Whether the repository holds something else than what the proposal was made from, and than what it asks for. */
export function isConflict(
  yaml: RepositoryYaml,
  today: string | undefined,
  base: string | undefined,
  manifest: string,
): boolean {
  const isSame = (a: string | undefined, b: string | undefined): boolean =>
    a === undefined || b === undefined ? a === b : isSamePolicy(yaml, a, b);
  const [asBase, asWanted] = [base === "" ? undefined : base, manifest === "" ? undefined : manifest];
  return !isSame(today, asBase) && !isSame(today, asWanted);
}
