/**
 * Bundles what is published: Node.js strips no types under `node_modules`, so `src/` becomes a few JavaScript files in
 * `dist/`. Packages stay imports, so that what a user audits and overrides is what runs.
 *
 * The web application is built beside them, into `dist/web`.
 *
 * Sources name other files with `new URL("./x", import.meta.url)`. A TypeScript file named so (a worker, the command
 * line seen from the launcher) becomes an entry of its own; anything else must be published as it is.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { build, type OutputFile, type Plugin } from "esbuild";
import manifest from "../package.json" with { type: "json" };
import { buildWeb, webFolder } from "./build-web.ts";

const root = dirname(import.meta.dirname);
const dist = join(root, "dist");
const launcher = join(root, "src", "main", "launch.ts");

/** Name of the bundle of an entry: `src/main/cli.ts` is `cli`, `src/adapters/a/worker.ts` is `adapters-a-worker`. */
function bundleName(source: string): string {
  const path = relative(join(root, "src"), source).split(sep).join("-");
  return path.replace(/^main-/, "").replace(/\.ts$/, "");
}

/** Rewrites the URLs of one source for the flat `dist/`, and adds the entries that it names to `named`. */
function rewriteUrls(source: string, text: string, named: Set<string>): string {
  const rewritten = text.replaceAll(
    /new URL\(\s*"(\.[^"]*)",\s*import\.meta\.url,?\s*\)/g,
    (_, reference: string) => `new URL("${publishedReference(source, reference, named)}", import.meta.url)`,
  );
  const rest = rewritten.replaceAll(/(?:new URL\("[^"]*", |createRequire\()import\.meta\.url\)/g, "");
  const odd = /\bimport\.meta\.\w+/.exec(rest);
  if (odd !== null) {
    throw new Error(
      `${relative(root, source)} uses \`${odd[0]}\`, which means another place once bundled; ` +
        'name files with `new URL("./x", import.meta.url)`',
    );
  }
  return rewritten;
}

function publishedReference(source: string, reference: string, named: Set<string>): string {
  const target = resolve(dirname(source), reference);
  const path = relative(root, target).split(sep).join("/");
  if (!existsSync(target)) throw new Error(`${relative(root, source)} names \`${reference}\`, which does not exist`);
  if (path.startsWith("src/") && path.endsWith(".ts")) {
    named.add(target);
    return `./${bundleName(target)}.js`;
  }
  if (!manifest.files.some((published) => path === published || path.startsWith(`${published}/`))) {
    throw new Error(
      `${relative(root, source)} names \`${path}\`, which is not published; add it to \`files\` in package.json`,
    );
  }
  return `../${path}${reference.endsWith("/") ? "/" : ""}`;
}

async function bundle(entries: ReadonlySet<string>, named: Set<string>): Promise<readonly OutputFile[]> {
  const urls: Plugin = {
    name: "urls",
    setup: (bundler) => {
      bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
        contents: rewriteUrls(path, readFileSync(path, "utf8"), named),
        loader: "ts",
      }));
    },
  };
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [...entries].map((entry) => ({ in: entry, out: bundleName(entry) })),
    outdir: dist,
    bundle: true,
    splitting: true,
    packages: "external",
    format: "esm",
    platform: "node",
    // The launcher is built alone, see below; all else runs on the Node.js that it starts.
    target: entries.has(launcher) ? "node20" : "node24",
    plugins: [urls],
    logLevel: "warning",
    write: false,
  });
  return outputFiles;
}

/** Bundles until no source names an entry that is not there yet. */
async function bundleAll(entries: ReadonlySet<string>): Promise<readonly OutputFile[]> {
  const named = new Set(entries);
  const files = await bundle(entries, named);
  return named.size === entries.size ? files : bundleAll(named);
}

// First, because sources name the folder that it makes.
await buildWeb({ force: false });
const named = new Set<string>();
const files = [...(await bundle(new Set([launcher]), named)), ...(await bundleAll(named))];
mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist)) {
  const path = join(dist, name);
  if (path !== webFolder) rmSync(path, { recursive: true });
}
for (const { path, contents } of files) writeFileSync(path, contents);
chmodSync(join(dist, "launch.js"), 0o755);
