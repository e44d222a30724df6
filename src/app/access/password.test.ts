import { describe, expect, test } from "vitest";
import { checkPassword, hashPassword, isPassword } from "./password.ts";

describe("a password", () => {
  test("is known again by its hash alone, in either way of writing it", async () => {
    const hash = await hashPassword("caf\u00E9 au lait, twice");
    expect(hash).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(await isPassword(hash, "cafe\u0301 au lait, twice")).toBe(true);
    expect(await isPassword(hash, "cafe au lait, twice")).toBe(false);
  });

  test.each([
    ["nothing", undefined],
    ["another form", "bcrypt$10$abc"],
    ["parameters that take all memory", `scrypt$4194304$99$1$${"a".repeat(22)}$${"a".repeat(43)}`],
    ["parameters that are none", `scrypt$1000$8$1$${"a".repeat(22)}$${"a".repeat(43)}`],
  ])("is never that of %s", async (_, stored) => {
    expect(await isPassword(stored, "anything at all")).toBe(false);
  });

  test.each([
    ["short", "too short ok"],
    ["eleven char", "short"],
    ["aaaaaaaaaaaaaaaa", "too few"],
    ["my name is ada!", "the name"],
    ["x".repeat(201), "too long"],
  ])("%s is refused", (password) => {
    expect(checkPassword(password, "ada")).toMatchObject({ ok: false, error: { code: "sign_in_password_weak" } });
  });

  test("that is long enough needs nothing else", () => {
    expect(checkPassword("correct horse battery", "ada").ok).toBe(true);
  });
});
