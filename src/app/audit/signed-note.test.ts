import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCheckpointText, parseCheckpointText } from "./checkpoint-text.ts";
import { formatVerifierKey, isSignedBy, parseNote, parseVerifierKey, signNote, verifierKeyOf } from "./signed-note.ts";

/** The example of Go's golang.org/x/mod/sumdb/note, which C2SP's form comes from. */
const peter = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const peterText =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const peterNote = `${peterText}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

/** Of the same example: the private key is public. */
const peterSeed = Buffer.from("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz", "base64").subarray(1);
const peterKey = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), peterSeed]),
  format: "der",
  type: "pkcs8",
});

function keyOf(text: string) {
  const key = parseVerifierKey(text);
  if (!key.ok) throw new Error(key.error.message);
  return key.value;
}

describe("a signed note", () => {
  test("of another implementation is accepted", () => {
    const note = parseNote(peterNote)!;
    expect(note.text).toBe(peterText);
    expect(isSignedBy(note, keyOf(peter))).toBe(true);
  });

  test("is signed as another implementation signs it", () => {
    expect(signNote(peterText, "PeterNeumann", peterKey)).toBe(peterNote);
    expect(formatVerifierKey(verifierKeyOf("PeterNeumann", peterKey))).toBe(peter);
  });

  const { privateKey } = generateKeyPairSync("ed25519");
  const verifier = verifierKeyOf("log/1", privateKey);

  test("is for its text, its name and its key alone", () => {
    const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\p{Cc}\ufffd]/u.test(text) && text !== "");
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
        const text = `${lines.join("\n")}\n`;
        const note = parseNote(signNote(text, "log/1", privateKey))!;
        expect(note.text).toBe(text);
        expect(isSignedBy(note, verifier)).toBe(true);
        expect(isSignedBy({ ...note, text: `${text}x\n` }, verifier)).toBe(false);
        expect(isSignedBy(note, { ...verifier, name: "log/2" })).toBe(false);
        expect(isSignedBy(note, keyOf(peter))).toBe(false);
      }),
    );
  });

  test("may have signatures of others besides", () => {
    const own = signNote(peterText, "log/1", privateKey).slice(peterText.length + 1);
    const note = parseNote(peterNote + own)!;
    expect(note.signatures.map(({ name }) => name)).toEqual(["PeterNeumann", "log/1"]);
    expect([isSignedBy(note, keyOf(peter)), isSignedBy(note, verifier)]).toEqual([true, true]);
  });

  test.each([
    ["", "nothing"],
    [peterText, "no signature"],
    [peterNote.slice(0, -1), "no end"],
    [peterNote.replace("— ", "- "), "another dash"],
    [peterNote.replace("x08g", "x08!"), "no base64"],
    [peterNote.replace("nAM=", "nAN="), "bits that mean nothing"],
    [`${peterText}\n— PeterNeumann eDA4Zw==\n`, "a signature of no bytes"],
  ])("is not %j: it has %s", (note) => expect(parseNote(note)).toBeUndefined());
});

describe("a verifier key", () => {
  test("is read with blanks around it", () => expect(keyOf(` ${peter}\n`).name).toBe("PeterNeumann"));

  test.each([
    "",
    "PeterNeumann",
    peter.replace("c74f20a3", "c74f20a4"),
    peter.replace("Peter", "Petra"),
    peter.replace("10TW", "10TX"),
    peter.replace("+AR", "+BR"),
    peter.slice(0, -4),
  ])("is not %j", (text) => expect(parseVerifierKey(text)).toMatchObject({ error: { code: "audit_key_malformed" } }));
});

describe("a checkpoint", () => {
  const text =
    "log/1\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nchain AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\ntime 1700000000000\n";
  const said = {
    origin: "log/1",
    size: 12,
    rootHash: "00".repeat(32),
    chainHash: "01".repeat(32),
    atMs: 1_700_000_000_000,
  };

  test("is written and read", () => {
    expect(formatCheckpointText(said)).toBe(text);
    expect(parseCheckpointText(text)).toEqual(said);
    expect(parseCheckpointText(text.replace(/chain.*\n.*\n/, "other thing\n"))).toEqual({
      ...said,
      chainHash: undefined,
      atMs: undefined,
    });
  });

  test.each([
    ["no origin", text.replace("log/1", "")],
    ["no size", text.replace("12", "x")],
    ["a size with a zero before it", text.replace("12", "012")],
    ["a root that is too short", text.replace("AAAA", "")],
    ["no end", text.trimEnd()],
    ["an empty line", `${text}\n`],
  ])("is none with %s", (_, broken) => expect(parseCheckpointText(broken)).toBeUndefined());
});
