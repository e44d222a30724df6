/**
 * Builds the web application from `src/surfaces/web` into `dist/web`: hashed files, a chunk a route, each also
 * compressed. Nothing is inline, so that the server's Content-Security-Policy can be `script-src 'self'; style-src 'self'`.
 * Does nothing when the sources are those of the last build; `--force` builds anyway.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import { build } from "vite";

const root = dirname(import.meta.dirname);
const sources = join(root, "src", "surfaces", "web");
export const webFolder = join(root, "dist", "web");
const stampName = ".content-stamp";

/** Of everything that decides what is built: the sources, the packages and this script. */
function contentStamp(): string {
  const hash = createHash("sha256");
  const paths = globSync("src/surfaces/web/**/*", { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(?:test\.ts|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  for (const path of [...paths, join(root, "package-lock.json"), import.meta.filename]) {
    hash
      .update(`${path.slice(root.length)}\0`)
      .update(readFileSync(path))
      .update("\0");
  }
  return `${hash.digest("hex")}\n`;
}

/** @returns false when what is there is of these sources already */
export async function buildWeb(options: { readonly force: boolean }): Promise<boolean> {
  const wanted = contentStamp();
  if (!options.force && isBuilt(wanted)) return false;
  // Aside, and moved when whole: whoever serves or packs it meanwhile never sees half of it.
  const made = join(root, "node_modules", ".cache", `postern-web-${process.pid}`);
  // What is published, whoever builds it: a test runner has an environment of its own.
  const environment = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  await build({
    configFile: false,
    root: sources,
    base: "/",
    logLevel: "warn",
    plugins: [react()],
    build: {
      outDir: made,
      emptyOutDir: true,
      target: "es2023",
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      // The largest chunks are the design system's and the editor's, each loaded once.
      chunkSizeWarningLimit: 800,
      manifest: true,
    },
  }).finally(() => {
    if (environment === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = environment;
  });
  await compressAll(made);
  writeFileSync(join(made, stampName), wanted);
  replaceBy(made, wanted);
  return true;
}

function isBuilt(wanted: string): boolean {
  const stamp = join(webFolder, stampName);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
}

function replaceBy(made: string, wanted: string): void {
  mkdirSync(dirname(webFolder), { recursive: true });
  rmSync(webFolder, { recursive: true, force: true });
  try {
    renameSync(made, webFolder);
  } catch (error) {
    // Another build of the same sources came first.
    rmSync(made, { recursive: true, force: true });
    if (!isBuilt(wanted)) throw error;
  }
}

/** `x.js` gets `x.js.br` and `x.js.gz` beside it, as static file servers look for them. */
async function compressAll(folder: string): Promise<void> {
  const paths = globSync("**/*.{js,css,html,svg,json}", { cwd: folder }).map((path) => join(folder, path));
  await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(path);
      const [br, gz] = await Promise.all([
        promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
        promisify(gzip)(text, { level: 9 }),
      ]);
      await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
    }),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const startedMs = performance.now();
  const isNew = await buildWeb({ force: process.argv.includes("--force") });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.error(isNew ? `postern: built the web application in ${seconds} s` : "postern: the web application is built");
}
