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

const pem = (what: string): string => `# made by hand\n-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`;

test("a secret is read without its line end", async () => {
  expect(await readSecret(file("token", "abc.def\n"), "tokenFile")).toBe("abc.def");
});

test("only what is named is read", async () => {
  const [ca, cert, key] = [pem("TRUSTED CERTIFICATE"), pem("CERTIFICATE"), pem("EC PRIVATE KEY")];
  expect(await readTls({})).toEqual({});
  expect(await readTls({ caFile: file("ca.pem", ca), serverName: "relay" })).toEqual({ ca, servername: "relay" });
  const pair = { certFile: file("cert.pem", cert), keyFile: file("key.pem", key) };
  expect(await readTls(pair)).toEqual({ cert, key });
});

const swapped = (): { certFile: string; keyFile: string } => {
  const path = file("both.pem", pem("CERTIFICATE"));
  return { certFile: path, keyFile: path };
};

test.each([
  ["is not there", () => readSecret(join(folder, "none"), "tokenFile"), "`tokenFile` `", "does not exist"],
  ["is a folder", () => readTls({ caFile: folder }), "`caFile` `", "cannot be read (EISDIR)"],
  ["is empty", () => readSecret(file("empty", " \n"), "passwordFile"), "`passwordFile` `", "is empty"],
  ["has two lines", () => readSecret(file("two", "a\nb"), "tokenFile"), "`tokenFile` `", "has more than one line"],
  [
    "has no authority",
    () => readTls({ caFile: file("der.pem", "0\u0082") }),
    "`caFile` `",
    "has no certificate in PEM",
  ],
  [
    "is a key",
    () => readTls({ caFile: file("as-ca.pem", pem("PRIVATE KEY")) }),
    "`caFile` `",
    "has no certificate in PEM",
  ],
  ["is a certificate", () => readTls(swapped()), "`keyFile` `", "has no private key in PEM"],
  ["comes without its key", () => readTls({ certFile: "c.pem" }), "`certFile` and `keyFile`", "belong together"],
])("a file that %s is told by its option", async (_, read, option, why) => {
  const message = await read().then(String, String);
  expect(message).toContain(option);
  expect(message).toContain(why);
  expect(message).not.toContain("abc");
});
