import { ownField } from "../../../core/policy/manifest.ts";
import { quoted } from "../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../core/result.ts";
import type { Failure } from "../../failure.ts";
import { filledPath } from "../path-template.ts";
import type { Layout } from "../repository-settings.ts";
import { folderOf, relativeTo } from "../tree.ts";
import type { Edits, Placing } from "./placing.ts";

type GeneratorLayout = Extract<Layout, { kind: "policy-generator" }>;

interface Generator {
  readonly path: string;
  readonly text: string;
  readonly policies: readonly unknown[];
  /** Name of the policy that wraps the object. */
  readonly name: string;
}

/** Lists a new file among the manifests of its policy, which is made where there is none; placement stays what `policyDefaults` say. */
export async function nameInGenerator(placing: Placing, layout: GeneratorLayout, path: string): Promise<Edits> {
  const read = await generatorOf(placing, layout);
  if (!read.ok) return read;
  const { path: file, text, policies, name } = read.value;
  const entry = relativeTo(folderOf(file), path);
  if (entry.startsWith("../")) {
    const message = `${quoted(path)} lies outside the folder of ${quoted(file)}, from which the PolicyGenerator may not read: change \`path\``;
    return fail({ code: "gitops_generator_outside", message });
  }
  if (policies.some((policy) => manifestsOf(policy).some((manifest) => covers(manifest, entry)))) return ok([]);
  const at = policies.findIndex((policy) => ownField(policy, "name") === name);
  const edited =
    at < 0
      ? placing.yaml.addEntry(file, text, ["policies"], { name, manifests: [{ path: entry }] })
      : placing.yaml.addEntry(file, text, ["policies", at, "manifests"], { path: entry });
  return edited.ok ? ok([{ path: file, text: edited.value }]) : edited;
}

/** A policy without manifests would not generate, so it goes with its last one. */
export async function unnameInGenerator(placing: Placing, layout: GeneratorLayout, path: string): Promise<Edits> {
  const read = await generatorOf(placing, layout);
  if (!read.ok) return read;
  const { path: file, text, policies } = read.value;
  const entry = relativeTo(folderOf(file), path);
  const isOwn = (manifest: unknown): boolean => pathOf(manifest) === entry;
  const at = policies.findIndex((policy) => manifestsOf(policy).some(isOwn));
  if (at < 0) return ok([]);
  const isLast = manifestsOf(policies[at]).every(isOwn);
  const edited = isLast
    ? placing.yaml.removeEntries(file, text, ["policies"], (policy) => {
        const manifests = manifestsOf(policy);
        return manifests.length > 0 && manifests.every(isOwn);
      })
    : placing.yaml.removeEntries(file, text, ["policies", at, "manifests"], isOwn);
  return edited.ok ? ok([{ path: file, text: edited.value }]) : edited;
}

async function generatorOf(
  { tree, yaml, object }: Placing,
  layout: GeneratorLayout,
): Promise<Result<Generator, Failure>> {
  const path = filledPath(layout.generator, object);
  const text = await tree.read(path);
  if (!text.ok) return text;
  const value = text.value === undefined ? undefined : yaml.valueOf(path, text.value);
  if (value !== undefined && !value.ok) return value;
  if (text.value === undefined || value === undefined || ownField(value.value, "kind") !== "PolicyGenerator") {
    const message = `${quoted(path)} is no PolicyGenerator: name its file with \`generator\``;
    return fail({ code: "gitops_no_generator", message });
  }
  const policies = ownField(value.value, "policies");
  return ok({
    path,
    text: text.value,
    policies: Array.isArray(policies) ? (policies as readonly unknown[]) : [],
    name: filledPath(layout.policy, object),
  });
}

function manifestsOf(policy: unknown): readonly unknown[] {
  const manifests = ownField(policy, "manifests");
  return Array.isArray(manifests) ? (manifests as readonly unknown[]) : [];
}

function pathOf(manifest: unknown): string {
  const path = ownField(manifest, "path");
  return typeof path === "string" ? path.replace(/^\.\//, "").replace(/\/$/, "") : "";
}

/** The file itself, or a folder that it lies in: the generator reads all files of a folder, not those below. */
function covers(manifest: unknown, entry: string): boolean {
  return pathOf(manifest) === entry || (pathOf(manifest) !== "" && pathOf(manifest) === folderOf(entry));
}
