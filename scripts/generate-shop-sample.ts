/**
 * Writes the bundled sample anew: `node scripts/generate-shop-sample.ts [SEED] [FOLDER]`, by default the committed
 * seed into `examples/shop`. Files whose unpacked text is already right are left alone, because compressors of
 * different versions pack the same text into different bytes.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pack, unpack } from "./shop-sample/packing.ts";
import { committedSeed, shopSample } from "./shop-sample/sample.ts";

const [seed = committedSeed, folder = join(import.meta.dirname, "..", "examples", "shop")] = process.argv.slice(2);

for (const { path, text } of shopSample(seed)) {
  const file = join(folder, path);
  if (existsSync(file) && unpack(path, readFileSync(file)) === text) continue;
  mkdirSync(dirname(file), { recursive: true });
  const bytes = pack(path, text);
  writeFileSync(file, bytes);
  process.stdout.write(`${file}: ${text.length} characters in ${bytes.length} bytes\n`);
}
