import { chmodSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { FlowFolderForTest, recordForTest } from "./flow-folder.test-support.ts";

const flows = new FlowFolderForTest();
afterAll(() => flows.remove());
const lines = Array.from({ length: 300 }, (_, i) => recordForTest(i));
const text = `${lines.join("\n")}\n`;

describe("inputs that cannot be read", () => {
  test.each([
    [
      "a path that does not exist",
      () => ["nowhere.jsonl"],
      "flows_not_found: `nowhere.jsonl` does not exist, check the path",
    ],
    [
      "a glob without files",
      () => [join(flows.path, "no*where.jsonl")],
      "flows_not_found: `no*where.jsonl` does not exist, check the path",
    ],
    ["an empty folder", () => flows.folder("void", {}), "flows_folder_empty: `void` is a folder without files"],
    ["nothing", () => [], "flows_no_input: no flows to read, name files or folders, or `-` for standard input"],
    ["a broken link", () => [flows.linkToNothing("link")], "flows_not_found: `link` does not exist, check the path"],
    [
      "half a gzip",
      () => [flows.file("half.gz", gzipSync(text).subarray(0, 400))],
      "flows_compressed_cut: `half.gz` ends in the middle of its compressed data, copy it again",
    ],
    [
      "a damaged gzip",
      () => [flows.file("bad.gz", Buffer.concat([gzipSync(text).subarray(0, 200), Buffer.alloc(200, 7)]))],
      "flows_compressed_broken: the compressed data of `bad.gz` is damaged, copy it again",
    ],
    [
      "half a zstd",
      () => [flows.file("half.zst", zstdCompressSync(text).subarray(0, 400))],
      "flows_compressed_cut: `half.zst` ends in the middle of its compressed data, copy it again",
    ],
    [
      "a second frame of zstd that is cut off",
      () => [flows.file("cut.zst", Buffer.concat([zstdCompressSync(text), zstdCompressSync(text).subarray(0, 400)]))],
      "flows_compressed_cut: `cut.zst` ends in the middle of its compressed data, copy it again",
    ],
    [
      "a zstd with something else behind it",
      () => [flows.file("tail.zst", Buffer.concat([zstdCompressSync(text), Buffer.from("and more")]))],
      "flows_compressed_broken: the compressed data of `tail.zst` is damaged, copy it again",
    ],
    [
      "a list that is not JSON",
      () => [flows.file("bad.json", `[${lines[0]}, oops, ]]`)],
      "flows_document_broken: `bad.json` is not well-formed JSON, export the flows as JSON lines",
    ],
  ])("%s fails with a sentence", async (_, inputs, message) => {
    expect(await flows.failure(inputs())).toBe(message);
  });

  test("unknown and binary files fail together, each saying what was seen", async () => {
    const said = await flows.failure([
      flows.file("x/a.txt", "Dear all,\n"),
      flows.file("x/b.bin", Buffer.from([1, 0, 2])),
      flows.file("x/c.json", '{"kind":"Pod"}'),
    ]);
    expect(said.split("\n").map((line) => line.replace(/; accepted are .*|, not recorded flows.*/, ""))).toEqual([
      "flows_unknown_format: `x/a.txt` is in no known format (saw `Dear all,`)",
      "flows_binary: `x/b.bin` is binary data",
      "flows_unknown_format: `x/c.json` is in no known format (saw a JSON object with `kind`)",
    ]);
  });

  test.skipIf(process.getuid?.() === 0)("a file without permission fails with a sentence", async () => {
    const path = flows.file("secret.jsonl", text);
    chmodSync(path, 0);
    expect(await flows.failure([path])).toBe(
      "flows_no_permission: `secret.jsonl` may not be read, check its permissions",
    );
  });
});
