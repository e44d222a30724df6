import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";

/**
 * Signed notes as C2SP defines them (c2sp.org/signed-note): a text, a blank line, and a line for each signature: `— <key name>
 * <base64 of the key's id and the signature>`. Ed25519 only.
 */
export interface SignedNote {
  /** Ends in a line end; what is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  /** 8 hexadecimal digits. */
  readonly keyId: string;
  readonly signature: Buffer;
}

/** A key to check signatures with, as people publish it: `<name>+<id>+<base64>`. */
export interface VerifierKey {
  readonly name: string;
  /** 8 hexadecimal digits: SHA-256 over name and key, the first 4 bytes. */
  readonly keyId: string;
  /** 32 bytes. */
  readonly publicKey: Buffer;
}

const ed25519 = 1;
/** What stands before the 32 bytes of a key in SubjectPublicKeyInfo (RFC 8410). */
const spkiStart = Buffer.from("302a300506032b6570032100", "hex");
const mostSignatures = 16;

export function verifierKeyOf(name: string, key: KeyObject): VerifierKey {
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(spkiStart.length);
  return { name, keyId: keyIdOf(name, publicKey), publicKey };
}

export function formatVerifierKey({ name, keyId, publicKey }: VerifierKey): string {
  return `${name}+${keyId}+${Buffer.concat([Buffer.of(ed25519), publicKey]).toString("base64")}`;
}

/** Surrounding blanks are forgiven. */
export function parseVerifierKey(text: string): Result<VerifierKey, Failure> {
  const [, name, keyId, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? [];
  if (name !== undefined && keyId !== undefined && base64 !== undefined) {
    const bytes = Buffer.from(base64, "base64");
    const publicKey = bytes.subarray(1);
    const isKey = bytes.length === 33 && bytes[0] === ed25519 && bytes.toString("base64") === base64;
    if (isKey && keyIdOf(name, publicKey) === keyId) return ok({ name, keyId, publicKey });
  }
  const like = "one looks like `<name>+<8 digits>+<base64>`, as `postern audit key` prints it";
  return fail({
    code: "audit_key_malformed",
    message: `${quoted(text.trim().slice(0, 200))} is no verifier key: ${like}`,
  });
}

export function isKeyName(name: string): boolean {
  return name !== "" && !/[\s+]/u.test(name) && name.isWellFormed();
}

/** @param text ends in a line end and has no blank line at its end */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  const { keyId } = verifierKeyOf(name, privateKey);
  const bytes = Buffer.concat([Buffer.from(keyId, "hex"), sign(null, Buffer.from(text), privateKey)]);
  return `${text}\n— ${name} ${bytes.toString("base64")}\n`;
}

/** @returns undefined for what is no signed note */
export function parseNote(note: string): SignedNote | undefined {
  const blank = note.lastIndexOf("\n\n");
  if (blank < 0 || !note.endsWith("\n") || /[\p{Cc}\ufffd]/u.test(note.replaceAll("\n", ""))) return undefined;
  const lines = note.slice(blank + 2, -1).split("\n");
  if (lines.length > mostSignatures) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const [, name, base64] = /^— ([^\s+]+) ([A-Za-z0-9+/]+=*)$/u.exec(line) ?? [];
    if (name === undefined || base64 === undefined) return undefined;
    const bytes = Buffer.from(base64, "base64");
    if (bytes.length < 5 || bytes.toString("base64") !== base64) return undefined;
    signatures.push({ name, keyId: bytes.toString("hex", 0, 4), signature: bytes.subarray(4) });
  }
  return { text: note.slice(0, blank + 1), signatures };
}

/** Whether this key has signed the note. Signatures of other keys are passed over. */
export function isSignedBy({ text, signatures }: SignedNote, { name, keyId, publicKey }: VerifierKey): boolean {
  const key = createPublicKey({ key: Buffer.concat([spkiStart, publicKey]), format: "der", type: "spki" });
  const own = signatures.filter((one) => one.name === name && one.keyId === keyId);
  return own.length > 0 && own.every(({ signature }) => verify(null, Buffer.from(text), key, signature));
}

function keyIdOf(name: string, publicKey: Buffer): string {
  const hash = createHash("sha256").update(`${name}\n`).update(Buffer.of(ed25519)).update(publicKey);
  return hash.digest("hex").slice(0, 8);
}
