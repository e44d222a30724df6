import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { StoredToken } from "./tokens.ts";

/**
 * A token as people copy it: `postern_<id>_<secret>`, with 48 random bits to look it up by and 256 random bits that prove
 * it. The fixed beginning lets scanners of repositories find a token that was committed by mistake.
 */
export interface TokenText {
  readonly id: string;
  readonly secret: string;
}

const form = /^postern_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
/** Compared with where no token is known, so that an unknown identifier takes as long as a wrong secret. */
const nobody = "0".repeat(64);

export function makeToken(random: (bytes: number) => Buffer = randomBytes): TokenText {
  return { id: random(6).toString("hex"), secret: random(32).toString("base64url") };
}

export function formatToken({ id, secret }: TokenText): string {
  return `postern_${id}_${secret}`;
}

/** Makes a token for somebody: its text, which is shown once, and what is kept. */
export function issueToken(
  may: Pick<StoredToken, "clusters" | "scopes"> & Partial<Pick<StoredToken, "label" | "expiresAtMs">>,
  nowMs: number,
): { readonly text: string; readonly token: StoredToken } {
  const made = makeToken();
  const token: StoredToken = {
    id: made.id,
    label: may.label ?? "",
    secretHash: hashSecret(made.secret),
    clusters: [...new Set(may.clusters)].sort(),
    scopes: [...new Set(may.scopes)].sort(),
    createdAtMs: nowMs,
    expiresAtMs: may.expiresAtMs,
    revokedAtMs: undefined,
    lastUsedAtMs: undefined,
  };
  return { text: formatToken(made), token };
}

/** Surrounding blanks are forgiven: tokens are read from files that end in a newline. The message never repeats the text. */
export function parseToken(text: string): Result<TokenText, Failure> {
  const [, id, secret] = form.exec(text.trim()) ?? [];
  if (id === undefined || secret === undefined) {
    return fail({
      code: "token_malformed",
      message:
        "this is not a token: one looks like `postern_<12 digits>_<43 characters>`, as `postern token create` prints it",
    });
  }
  return ok({ id, secret });
}

/** SHA-256 is enough: the secret is 256 random bits, so there is nothing to guess that a slower hash would protect. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Takes the same time whatever differs, and for a token that is not there. */
export function isSecretOf(token: StoredToken | undefined, secret: string): boolean {
  const isEqual = timingSafeEqual(Buffer.from(hashSecret(secret)), Buffer.from(token?.secretHash ?? nobody));
  return isEqual && token !== undefined;
}
