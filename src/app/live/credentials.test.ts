import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readSecret, readTls } from "./credentials.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-credentials-"));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("a secret is read without its line end", async () => {
  expect(await readSecret(file("token", "abc.def\n"), "tokenFile")).toBe("abc.def");
});

test("only what is named is read", async () => {
  const ca = file("ca.pem", "AUTHORITIES");
  expect(await readTls({})).toEqual({});
  expect(await readTls({ caFile: ca, serverName: "relay" })).toEqual({ ca: "AUTHORITIES", servername: "relay" });
  const pair = { certFile: file("cert.pem", "CERT"), keyFile: file("key.pem", "KEY") };
  expect(await readTls(pair)).toEqual({ cert: "CERT", key: "KEY" });
});

test.each([
  ["is not there", () => readSecret(join(folder, "none"), "tokenFile"), "`tokenFile` `", "does not exist"],
  ["is a folder", () => readTls({ caFile: folder }), "`caFile` `", "cannot be read (EISDIR)"],
  ["is empty", () => readSecret(file("empty", " \n"), "passwordFile"), "`passwordFile` `", "is empty"],
  ["has two lines", () => readSecret(file("two", "a\nb"), "tokenFile"), "`tokenFile` `", "has more than one line"],
  ["comes without its key", () => readTls({ certFile: "c.pem" }), "`certFile` and `keyFile`", "belong together"],
])("a file that %s is told by its option", async (_, read, option, why) => {
  const message = await read().then(String, String);
  expect(message).toContain(option);
  expect(message).toContain(why);
  expect(message).not.toContain("abc");
});
