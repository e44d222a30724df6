import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AuditSigner, FreshKey, SigningKey } from "../../app/audit/audit-signer.ts";
import { signNote, verifierKeyOf } from "../../app/audit/signed-note.ts";
import type { Failure } from "../../app/failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";

export interface KeyFileOptions {
  /** The server's data folder: what was signed last is kept there, and the key unless one is given. */
  readonly folder: string;
  /** A key of somebody's own; undefined: `audit-key.pem` in the folder, made when it is not there. */
  readonly keyFile?: string | undefined;
  /** Name of the key and of the log that it signs. */
  readonly origin: string;
}

const mostBytes = 100_000;

export function keyFileSigner({ folder, keyFile, origin }: KeyFileOptions): AuditSigner {
  const signedFile = join(folder, "audit-last-signed");
  const path = keyFile ?? keyPathIn(folder);
  return {
    key: async () => {
      const key = await readKey(path, keyFile === undefined);
      return key.ok ? ok(signingKeyOf(origin, key.value)) : key;
    },
    lastSigned: async () => {
      try {
        return await readFile(signedFile, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    keepSigned: async (note) => {
      const fresh = `${signedFile}.new`;
      await writeFile(fresh, note, { mode: 0o600 });
      await rename(fresh, signedFile);
    },
  };
}

export function keyPathIn(folder: string): string {
  return join(folder, "audit-key.pem");
}

/** A key that is nowhere yet. */
export function freshKey(folder: string, origin: string): FreshKey {
  const path = keyPathIn(folder);
  const { privateKey } = generateKeyPairSync("ed25519");
  return {
    key: signingKeyOf(origin, privateKey),
    install: async () => {
      try {
        await rm(`${path}.new`, { force: true });
        await writeWhole(`${path}.new`, pemOf(privateKey), "wx");
        await rename(`${path}.new`, path);
        return ok(undefined);
      } catch (error) {
        return fail(unusable(path, error));
      }
    },
  };
}

function signingKeyOf(origin: string, key: KeyObject): SigningKey {
  return { verifier: verifierKeyOf(origin, key), sign: (text) => signNote(text, origin, key) };
}

async function readKey(path: string, mayMake: boolean): Promise<Result<KeyObject, Failure>> {
  let pem: string;
  try {
    pem = await readFile(path, "utf8");
  } catch (error) {
    if (!mayMake || (error as NodeJS.ErrnoException).code !== "ENOENT") return fail(unusable(path, error));
    return makeKey(path);
  }
  try {
    const key = createPrivateKey(pem.slice(0, mostBytes));
    if (key.asymmetricKeyType === "ed25519") return ok(key);
  } catch {
    // Told below.
  }
  const todo = "make one with `openssl genpkey -algorithm ed25519`, or remove it for a new one";
  return fail({ code: "audit_key_unusable", message: `${quoted(path)} holds no Ed25519 key; ${todo}` });
}

async function makeKey(path: string): Promise<Result<KeyObject, Failure>> {
  const { privateKey } = generateKeyPairSync("ed25519");
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeWhole(path, pemOf(privateKey), "wx");
    return ok(privateKey);
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return readKey(path, false);
    return fail(unusable(path, error));
  }
}

/** Reaches the disk before anything is signed with it: a key that is lost leaves signatures that nobody can continue. */
async function writeWhole(path: string, text: string, flags: string): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function pemOf(key: KeyObject): string {
  return key.export({ format: "pem", type: "pkcs8" }) as string;
}

function unusable(path: string, error: unknown): Failure {
  const { code = "" } = error as NodeJS.ErrnoException;
  return { code: "audit_key_unusable", message: `the key ${quoted(path)} of the audit log cannot be used (${code})` };
}
