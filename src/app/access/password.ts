import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";

/** 32 MiB and some tenths of a second a guess: OWASP's figures for scrypt, 2^15 with three lanes. */
const cost = { N: 1 << 15, r: 8, p: 3 };
const hashBytes = 32;
/** More at once would take all of the memory that a small server has. */
const mostAtOnce = 2;
/** Beyond it nobody would wait for the answer any more: some seconds. */
const mostWaiting = 60;
const shortest = 12;
const longest = 200;

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, cost);
  const { N, r, p } = cost;
  return ["scrypt", N, r, p, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/** Takes as long for nobody's password as for a wrong one. A hash in a form that is not ours is nobody's. */
export async function isPassword(stored: string | undefined, password: string): Promise<boolean> {
  const kept = stored === undefined ? undefined : partsOf(stored);
  const { salt, hash, ...own } = kept ?? { ...cost, salt: Buffer.alloc(16), hash: Buffer.alloc(hashBytes) };
  const made = await derive(password.slice(0, longest + 1), salt, own);
  return timingSafeEqual(made, hash) && kept !== undefined;
}

/** Length is what counts (NIST SP 800-63B): no rules about kinds of characters. */
export function checkPassword(password: string, name: string): Result<void, Failure> {
  const { length } = password;
  const refuse = (message: string): Result<void, Failure> => fail({ code: "sign_in_password_weak", message });
  if (length < shortest) return refuse(`a password has at least ${shortest} characters; a few words do well`);
  if (length > longest) return refuse(`a password has at most ${longest} characters`);
  if (new Set(password).size < 5) return refuse("a password needs more than four different characters");
  if (name !== "" && password.toLowerCase().includes(name.toLowerCase())) {
    return refuse("a password must not contain the name that goes with it");
  }
  return ok(undefined);
}

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

function partsOf(stored: string): (Cost & { readonly salt: Buffer; readonly hash: Buffer }) | undefined {
  const [, N, r, p, salt, hash] =
    /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{8,})\$([\w-]{43})$/.exec(stored) ?? [];
  if (salt === undefined || hash === undefined) return undefined;
  const own = { N: Number(N), r: Number(r), p: Number(p) };
  // Whoever can write the database must not be able to make the server take all memory.
  if (128 * own.N * own.r > 256 << 20 || own.p > 16 || own.N < 2 || (own.N & (own.N - 1)) !== 0) return undefined;
  return { ...own, salt: Buffer.from(salt, "base64url"), hash: Buffer.from(hash, "base64url") };
}

let underWay = 0;
const queue: (() => void)[] = [];

/** Whether another password can be looked at in some seconds; what waits takes memory, and passwords cost whoever sends them nothing. */
export function hasTimeForPassword(): boolean {
  return queue.length < mostWaiting;
}

function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  queue.push(resolve);
  return promise;
}

async function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  if (underWay >= mostAtOnce) await turn();
  else underWay += 1;
  try {
    return await new Promise((resolve, reject) => {
      const maxmem = 256 * N * r + (1 << 20);
      const done = (error: Error | null, key: Buffer): void => (error === null ? resolve(key) : reject(error));
      scrypt(password.normalize("NFKC"), salt, hashBytes, { N, r, p, maxmem }, done);
    });
  } finally {
    const next = queue.shift();
    if (next === undefined) underWay -= 1;
    else next();
  }
}
