import { mkdirSync, rmSync } from "node:fs";
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { replaceFiles } from "./replace-files.ts";

let folder = "";
const never = new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-replace-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test("a file is replaced with its mode, and nothing else is left behind", async () => {
  const path = join(folder, "a.yaml");
  await writeFile(path, "old");
  await chmod(path, 0o640);
  const written = await replaceFiles([{ path, before: "old", after: "new" }], never);
  expect(written).toEqual({ ok: true, value: [{ path, state: "replaced" }] });
  expect([await readFile(path, "utf8"), (await stat(path)).mode & 0o777, await readdir(folder)]).toEqual([
    "new",
    0o640,
    ["a.yaml"],
  ]);
});

test.each([
  [
    "a file that changed meanwhile",
    "output_changed_meanwhile",
    async (path: string) => writeFile(path, "somebody was here"),
  ],
  [
    "a link",
    "output_link",
    async (path: string) => {
      await writeFile(`${path}.real`, "old");
      await symlink(`${path}.real`, path);
    },
  ],
  ["a file that is gone", "output_failed", async () => {}],
])("%s is refused, and so are the others with it", async (_, code, make) => {
  const [good, bad] = [join(folder, "good.yaml"), join(folder, "bad.yaml")];
  await writeFile(good, "old");
  await make(bad);
  const written = await replaceFiles(
    [good, bad].map((path) => ({ path, before: "old", after: "new" })),
    never,
  );
  expect(written.ok ? [] : written.error.map((failure) => failure.code)).toEqual([code]);
  expect(await readFile(good, "utf8")).toBe("old");
  expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

/** A signal of which the n-th look, from 1, does something. */
function signalThat(look: number, act: () => boolean): AbortSignal {
  let looks = 0;
  const signal = {
    get aborted(): boolean {
      looks += 1;
      return looks >= look && act();
    },
  };
  return signal as AbortSignal;
}

test("what is interrupted before the first file is in its place writes none", async () => {
  const path = join(folder, "a.yaml");
  await writeFile(path, "old");
  const change = { path, before: "old", after: "new" };
  const written = await replaceFiles(
    [change],
    signalThat(2, () => true),
  );
  expect(written.ok ? [] : written.error.map(({ code }) => code)).toEqual(["interrupted"]);
  expect([await readFile(path, "utf8"), await readdir(folder)]).toEqual(["old", ["a.yaml"]]);
});

test("a file that cannot be replaced any more tells which ones were", async () => {
  const [good, bad] = [join(folder, "good.yaml"), join(folder, "bad.yaml")];
  for (const path of [good, bad]) await writeFile(path, "old");
  const written = await replaceFiles(
    [good, bad].map((path) => ({ path, before: "old", after: "new" })),
    signalThat(3, () => {
      rmSync(bad);
      mkdirSync(bad);
      return false;
    }),
  );
  expect(written.ok ? "" : written.error.map(({ message }) => message).join()).toMatch(
    /^cannot write `.*bad\.yaml` \(E[A-Z]+\); `.*good\.yaml` was changed before it$/,
  );
  expect((await readdir(folder)).toSorted()).toEqual(["bad.yaml", "good.yaml"]);
});

test.skipIf(process.getuid?.() === 0)("a file that nobody may write is not replaced by a new one", async () => {
  const path = join(folder, "a.yaml");
  await writeFile(path, "old");
  await chmod(path, 0o440);
  const written = await replaceFiles([{ path, before: "old", after: "new" }], never);
  expect(written.ok ? [] : written.error.map(({ code }) => code)).toEqual(["output_no_permission"]);
});
