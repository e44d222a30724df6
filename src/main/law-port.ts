import { celEngine } from "../adapters/cel/engine.ts";
import { findLawFiles } from "../adapters/law-files/find-law-files.ts";
import { readLawFiles } from "../adapters/law-files/read-law-files.ts";
import { printYaml } from "../adapters/manifests/print.ts";
import { readObjects } from "../adapters/manifests/read-objects.ts";
import { opaEngine } from "../adapters/opa/engine.ts";
import type { Failure } from "../app/failure.ts";
import type { LawPort } from "../app/law/law-port.ts";
import { lawSource } from "../app/law/law-source.ts";
import type { StoredLaw } from "../app/state/law-book.ts";
import { fail, ok } from "../core/result.ts";

/** Laws over the adapters that read them and ask their engines. */
export const lawPort: LawPort = {
  readers: (opa) => ({
    readManifests: readObjects,
    cel: celEngine,
    rego: opa === undefined ? undefined : opaEngine(opa),
  }),
  readTexts: findLawFiles,
  async readLaws(paths, readers) {
    const laws: StoredLaw[] = [];
    const failures: Failure[] = [];
    for (const path of paths) {
      // One place after another keeps the order of what is told.
      const read = await readLawFiles(path, lawSource(readers));
      if (!read.ok) failures.push(...read.error);
      else laws.push(...read.value);
    }
    const names = laws.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined)
      failures.push({ code: "law_duplicate", message: `the law \`${twice}\` is in two places: name one of them` });
    return failures.length > 0 ? fail(failures) : ok(laws);
  },
  print: (objects) => objects.map((value) => printYaml({ value, header: [], ruleComments: [] })).join("---\n"),
};
