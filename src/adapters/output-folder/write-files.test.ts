import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeFiles } from "./write-files.ts";

let folder = "";
const never = new AbortController().signal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-output-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const tree = async (): Promise<readonly string[]> => (await readdir(folder, { recursive: true })).toSorted();

test("files are created with their folders, and nothing else is left or touched", async () => {
  await writeFile(join(folder, "mine.txt"), "mine");
  const files = [
    { path: ["shop", "egressfirewall.yaml"], content: "a\n" },
    { path: ["report.md"], content: "b\n" },
  ];
  const written = await writeFiles(folder, files, never);
  expect(written).toEqual({
    ok: true,
    value: [
      { path: join(folder, "shop", "egressfirewall.yaml"), state: "created" },
      { path: join(folder, "report.md"), state: "created" },
    ],
  });
  expect(await tree()).toEqual(["mine.txt", "report.md", "shop", "shop/egressfirewall.yaml"]);
});

test("the same bytes are not written again, other bytes replace", async () => {
  const file = { path: ["a.yaml"], content: "a\n" };
  await writeFiles(folder, [file], never);
  const { mtimeMs } = await stat(join(folder, "a.yaml"));
  expect(await writeFiles(folder, [file], never)).toMatchObject({ value: [{ state: "unchanged" }] });
  expect((await stat(join(folder, "a.yaml"))).mtimeMs).toBe(mtimeMs);
  expect(await writeFiles(folder, [{ ...file, content: "b\n" }], never)).toMatchObject({
    value: [{ state: "replaced" }],
  });
  expect(await readFile(join(folder, "a.yaml"), "utf8")).toBe("b\n");
});

test.each([
  [["..", "x.yaml"]],
  [["a/../../x.yaml"]],
  [["/etc/x.yaml"]],
  [[".hidden"]],
  [["con\u0000.yaml"]],
  [["a\\b"]],
  [[""]],
  [[]],
])("a path that could lead elsewhere is refused: %j", async (path) => {
  const written = await writeFiles(
    folder,
    [
      { path: ["fine.yaml"], content: "x" },
      { path, content: "x" },
    ],
    never,
  );
  expect(written).toMatchObject({ ok: false, error: [{ code: "output_unsafe_name" }] });
  expect(await tree()).toEqual([]);
});

test("when one file cannot be written, none is", async () => {
  await mkdir(join(folder, "b.yaml"));
  const written = await writeFiles(
    folder,
    [
      { path: ["a.yaml"], content: "a" },
      { path: ["b.yaml"], content: "b" },
    ],
    never,
  );
  expect(written).toMatchObject({ ok: false, error: [{ code: "output_is_a_folder" }] });
  expect(await tree()).toEqual(["b.yaml"]);
});

test("a file where a folder is needed is said", async () => {
  await writeFile(join(folder, "shop"), "");
  const written = await writeFiles(folder, [{ path: ["shop", "a.yaml"], content: "a" }], never);
  expect(written).toMatchObject({ ok: false, error: [{ code: "output_not_a_folder" }] });
});

test.skipIf(process.getuid?.() === 0)("a folder that may not be written is said", async () => {
  await chmod(folder, 0o500);
  const written = await writeFiles(folder, [{ path: ["a.yaml"], content: "a" }], never);
  expect(written).toMatchObject({ ok: false, error: [{ code: "output_no_permission" }] });
  await chmod(folder, 0o700);
});

test.skipIf(process.platform !== "linux")("a place where nothing can be created is said, and soon", async () => {
  const written = await writeFiles("/proc/nothing", [{ path: ["shop", "a.yaml"], content: "a" }], never);
  expect(written).toMatchObject({ ok: false, error: [{ code: "output_failed" }] });
});

test("an interruption leaves the folder as it was", async () => {
  const written = await writeFiles(folder, [{ path: ["a.yaml"], content: "a" }], AbortSignal.abort());
  expect(written).toMatchObject({ ok: false, error: [{ code: "interrupted" }] });
  expect(await tree()).toEqual([]);
});
