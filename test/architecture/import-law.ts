import { isTest, isTestCode, isTypeScript, type Reference, referencesOf, type SourceFile } from "./source-file.ts";

/** What each folder of `src/` may know, beside itself. */
const layers: Readonly<Record<string, readonly string[]>> = {
  core: [],
  pipeline: ["core"],
  app: ["core", "pipeline"],
  adapters: ["core", "pipeline", "app"],
  surfaces: ["core", "pipeline", "app"],
  main: ["core", "pipeline", "app", "adapters", "surfaces"],
};

/** Stages of the pipeline, left to right; `monitor` stands beside them and may read them all. */
const stages = ["sources", "flows", "baseline", "suggest", "verify", "propose", "enforce", "monitor"];

/** Layers whose folders are strangers to each other, so that each can be replaced alone. */
const layersOfStrangers = new Set(["adapters", "surfaces"]);

/** Where a source lies: `src/pipeline/flows/edge.ts` is in layer `pipeline`, folder `flows`. */
function placeOf(path: string): { readonly layer: string; readonly folder: string | undefined } | undefined {
  const [top, layer, folder, ...rest] = path.split("/");
  if (top !== "src" || layer === undefined || folder === undefined) return undefined;
  return { layer, folder: rest.length === 0 ? undefined : folder };
}

/**
 * `core ← pipeline ← app ← {adapters, surfaces} ← main`; a stage of the pipeline imports only stages to its left;
 * adapters and surfaces never import each other. Tests under `src/` keep the law of their folder, and may use `test/`.
 */
export function checkImportLaw(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter((file) => isTypeScript(file) && file.path.startsWith("src/"))
    .flatMap((file) => {
      const where = misplaced(file.path);
      if (where !== undefined) return [where];
      return referencesOf(file).flatMap((reference) => {
        const why =
          reference.target === undefined
            ? undefined
            : (breach(file.path, reference.target) ??
              breachOfBrowser(file.path, reference.target, reference.isTypeOnly));
        return why === undefined ? [] : [describe(file, reference, why)];
      });
    });
}

function describe({ path }: SourceFile, { line, specifier }: Reference, why: string): string {
  return `${path}:${line} imports \`${specifier}\`: ${why}`;
}

function misplaced(path: string): string | undefined {
  const place = placeOf(path);
  if (place === undefined || !Object.hasOwn(layers, place.layer)) {
    return `${path} lies in no layer, so nothing says what it may import; move it into one of src/{${Object.keys(layers).join(",")}}`;
  }
  if (place.layer === "pipeline" && (place.folder === undefined || !stages.includes(place.folder))) {
    return `${path} lies in no stage of the pipeline; move it into one of src/pipeline/{${stages.join(",")}}`;
  }
  return undefined;
}

/**
 * The application in the browser knows the server by what they say to each other, and of that only the types. Its tests
 * may compare it with the server's own code.
 */
function breachOfBrowser(from: string, to: string, isTypeOnly: boolean): string | undefined {
  const folder = "src/surfaces/web/";
  if (!from.startsWith(folder) || to.startsWith(folder) || isTestCode(from)) return undefined;
  if (to.startsWith("src/app/wire/") && isTypeOnly) return undefined;
  return "the browser takes only types, and only from src/app/wire (`import type`); everything else stays on the server";
}

function breach(from: string, to: string): string | undefined {
  if (to.startsWith("test/")) {
    return isTestCode(from) ? undefined : "what is shipped knows no test code; move what it needs into src";
  }
  // Only the manifest outside `src/` is known to sources: name and version are written once.
  if (to === "package.json") return undefined;
  const source = placeOf(from);
  const target = placeOf(to);
  if (source === undefined) return undefined;
  if (target === undefined) {
    return "sources know nothing outside src; move what it needs into src, or pass it in as a value";
  }
  if (isTest(to)) return "a test is nobody's library; move what is shared into `x.test-support.ts`";
  if (isTestCode(to) && !isTestCode(from))
    return "what is shipped knows no test code; move what it needs into a source";
  if (source.layer !== target.layer) {
    if (layers[source.layer]?.includes(target.layer) === true) return undefined;
    return (
      `${source.layer} must not know ${target.layer} (core ← pipeline ← app ← {adapters, surfaces} ← main); ` +
      "state a port here and let src/main pass the real thing in, or move the shared part towards core"
    );
  }
  if (source.layer === "pipeline" && stages.indexOf(target.folder ?? "") > stages.indexOf(source.folder ?? "")) {
    return (
      `the stage ${source.folder} must not know ${target.folder}, which comes after it (${stages.join(" → ")}); ` +
      "move the shared part into the earlier stage or into core"
    );
  }
  if (layersOfStrangers.has(source.layer) && source.folder !== target.folder) {
    return (
      `${source.layer} are strangers to each other, so that each can be replaced alone; ` +
      "let src/main pass one to the other, or move the shared part into app or core"
    );
  }
  return undefined;
}
