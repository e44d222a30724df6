import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Failure } from "../../app/failure.ts";
import type { LawSource } from "../../app/law/law-source.ts";
import { fileSubject } from "../../app/law/laws-in-force.ts";
import type { StoredLaw } from "../../app/state/law-book.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { findLawFiles } from "./find-law-files.ts";

/**
 * The texts of all laws of a file or folder, in order of their names.
 * @param readName the name that a text calls itself by; its failure says why it is no law
 */
export async function readLawFiles(
  path: string,
  source: LawSource,
): Promise<Result<readonly StoredLaw[], readonly Failure[]>> {
  const files = await findLawFiles(path);
  if (!files.ok) return fail([files.error]);
  const failures: Failure[] = [];
  const laws = new Map<string, { readonly file: string; readonly law: StoredLaw }>();
  for (const { file, text } of files.value) {
    const read = source.read(file, text);
    if (!read.ok) {
      failures.push(read.error);
      continue;
    }
    const { name } = read.value;
    const before = laws.get(name);
    if (before !== undefined) {
      const message = `\`${before.file}\` and \`${file}\` both hold the law \`${name}\`: give one of them another name`;
      failures.push({ code: "law_duplicate", message });
      continue;
    }
    const changedBy = { subject: `${fileSubject}${file}`, name: file };
    const changedAtMs = Math.floor((await stat(file)).mtimeMs);
    laws.set(name, { file, law: { name, version: versionOf(text), text, changedAtMs, changedBy } });
  }
  if (failures.length > 0) return fail(failures);
  return ok([...laws.values()].map(({ law }) => law).toSorted((a, b) => (a.name < b.name ? -1 : 1)));
}

/** A file counts no versions, so its text is one: the same text is the same version wherever it is read. */
function versionOf(text: string): number {
  return Number.parseInt(createHash("sha256").update(text).digest("hex").slice(0, 8), 16);
}
