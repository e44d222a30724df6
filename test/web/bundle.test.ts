/** What a browser loads before a person sees the first page. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { buildWeb, webFolder } from "../../scripts/build-web.ts";

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

let chunks: Readonly<Record<string, Chunk>>;
beforeAll(async () => {
  await buildWeb({ force: false });
  chunks = JSON.parse(readFileSync(join(webFolder, ".vite", "manifest.json"), "utf8")) as typeof chunks;
});

/** The chunk and everything that it imports, however far. */
function graphOf(...names: readonly string[]): readonly Chunk[] {
  const reached = new Set(names);
  for (const name of reached) for (const each of chunks[name]?.imports ?? []) reached.add(each);
  return [...reached].map((name) => {
    const chunk = chunks[name];
    if (chunk === undefined) throw new Error(`the build has no chunk \`${name}\``);
    return chunk;
  });
}

function kilobytes(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(webFolder, file))).length, 0) / 1_000;
}

test.each([
  ["the overview", "pages/overview/overview-page.tsx"],
  ["the proposals", "pages/proposals/proposals-page.tsx"],
  ["a proposal", "pages/proposal/proposal-page.tsx"],
  ["a namespace", "pages/namespace/namespace-page.tsx"],
  ["the traffic", "pages/traffic/traffic-page.tsx"],
])("%s needs at most 350 kB of compressed script", (_, page) => {
  const files = graphOf("index.html", page).map(({ file }) => file);
  expect(kilobytes([...files, "apply-theme.js"])).toBeLessThanOrEqual(350);
});

test("pages are chunks of their own", () => {
  const first = new Set(graphOf("index.html").map(({ file }) => file));
  const pages = Object.entries(chunks).filter(([name]) => /^pages\/.*-page\.tsx$/.test(name));
  expect(pages.length).toBeGreaterThanOrEqual(5);
  expect(pages.filter(([, { file }]) => first.has(file))).toEqual([]);
});

test("nothing is inline, so that a strict content security policy holds", () => {
  const html = readFileSync(join(webFolder, "index.html"), "utf8");
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=/);
});

test("every text file is there compressed too", () => {
  const names = readdirSync(join(webFolder, "assets")).filter((name) => /\.(?:js|css)$/.test(name));
  expect(
    names.filter((name) => !["br", "gz"].every((kind) => existsSync(join(webFolder, "assets", `${name}.${kind}`)))),
  ).toEqual([]);
  expect(names.length).toBeGreaterThan(5);
});
