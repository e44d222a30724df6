import { expect, test } from "vitest";
import { SignInAttempts } from "./sign-in-attempts.ts";

function failing(times: number, network: (i: number) => string, attempts: SignInAttempts): void {
  for (let i = 0; i < times; i += 1) attempts.began("ada", network(i));
}

test("three failures are free, then each next try waits twice as long, up to a quarter of an hour", () => {
  const attempts = new SignInAttempts(() => 0);
  const waits = Array.from({ length: 16 }, () => {
    attempts.began("ada", "a");
    return attempts.waitMs("ada", "a") / 1000;
  });
  expect(waits).toEqual([0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
});

test("however many networks guess, they wait for each other", () => {
  const attempts = new SignInAttempts(() => 0);
  failing(10, (i) => `192.0.2.${i}`, attempts);
  expect(attempts.waitMs("ada", "198.51.100.7")).toBeGreaterThan(60_000);
});

test("where somebody signed in before, guesses of others do not keep them out, and their own still count", () => {
  const attempts = new SignInAttempts(() => 0);
  attempts.began("ada", "home");
  attempts.succeeded("ada", "home");
  failing(50, () => "elsewhere", attempts);
  expect(attempts.waitMs("ada", "home")).toBe(0);
  expect(attempts.waitMs("grace", "home")).toBe(0);
  failing(10, () => "home", attempts);
  expect(attempts.waitMs("ada", "home")).toBeGreaterThan(0);
  // Whoever signs in at home does not make guessing elsewhere quick again.
  attempts.succeeded("ada", "home");
  expect([attempts.waitMs("ada", "home"), attempts.waitMs("ada", "elsewhere") > 0]).toEqual([0, true]);
});

test("nobody can name a network by typing it", () => {
  const attempts = new SignInAttempts(() => 0);
  attempts.began("ada", "home");
  attempts.succeeded("ada", "home");
  for (const typed of ["ada home", "ada home "]) {
    for (let i = 0; i < 9; i += 1) attempts.began(typed.trim().toLowerCase(), "elsewhere");
  }
  expect(attempts.waitMs("ada", "home")).toBe(0);
});
