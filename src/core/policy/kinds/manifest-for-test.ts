import { formatPath, type Manifest } from "../manifest.ts";
import type { Finding } from "../model.ts";

/** A manifest that did not come from text: places are paths alone. Tests only. */
export function manifestForTest(value: unknown): Manifest {
  return { value, locate: (path) => ({ file: "test.yaml", path: formatPath(path) }) };
}

/** `code at path`, one per finding. Tests only. */
export function codesForTest(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ code, at }) => `${code} at ${at.path === "" ? "the object" : at.path}`);
}
