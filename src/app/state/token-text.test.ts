import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatToken, hashSecret, isSecretOf, makeToken, parseToken } from "./token-text.ts";
import type { StoredToken } from "./tokens.ts";

const stored = (secret: string): StoredToken => ({
  id: "0".repeat(12),
  label: "",
  secretHash: hashSecret(secret),
  clusters: ["*"],
  scopes: ["ship"],
  createdAtMs: 0,
  expiresAtMs: undefined,
  revokedAtMs: undefined,
  lastUsedAtMs: undefined,
});

test("a token is read as it was printed, with blanks around it or without", () => {
  const token = makeToken();
  expect(formatToken(token)).toMatch(/^postern_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
  expect(parseToken(`  ${formatToken(token)}\n`)).toEqual({ ok: true, value: token });
});

test("two tokens share nothing", () => {
  const [a, b] = [makeToken(), makeToken()];
  expect(a.id === b.id || a.secret === b.secret).toBe(false);
});

test("what is no token is refused without being repeated", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 20, maxLength: 90 }), (text) => {
      const read = parseToken(text);
      expect(read.ok).toBe(false);
      expect(read.ok ? "" : read.error.message).not.toContain(text);
    }),
  );
});

describe("a secret", () => {
  test("proves the token whose hash it has", () => expect(isSecretOf(stored("a"), "a")).toBe(true));
  test("proves no other", () => expect(isSecretOf(stored("a"), "b")).toBe(false));
  test("proves none that is not there, not even with the hash of nobody", () => {
    expect(isSecretOf(undefined, "")).toBe(false);
  });
});
