import * as fc from "fast-check";
import { expect, test } from "vitest";
import { logGamma, quietChance } from "./survival.ts";

test.each([
  ["Γ(1) = 1", 1, 1],
  ["Γ(5) = 4!", 5, 24],
  ["Γ(½) = √π", 0.5, Math.sqrt(Math.PI)],
  ["Γ(10.5)", 10.5, 1_133_278.388_948_785],
])("%s", (_title, x, gamma) => {
  expect(Math.exp(logGamma(x)) / gamma).toBeCloseTo(1, 10);
});

test.each([
  ["one trial: the mean of the hazard", { events: 1, quiet: 3 }, 1, 3 / 4],
  ["Laplace: after 20 quiet days and nothing believed either way", { events: 1, quiet: 21 }, 1, 21 / 22],
  ["two trials are not the square of one: the first tells of the second", { events: 1, quiet: 1 }, 2, 1 / 3],
  ["no trial", { events: 5, quiet: 1 }, 0, 1],
])("%s", (_title, hazard, trials, expected) => {
  expect(quietChance(hazard, trials)).toBeCloseTo(expected, 10);
});

test("it is the product of Beta means, each after one more quiet trial", () => {
  const positive = fc.double({ min: 0.01, max: 50, noNaN: true });
  fc.assert(
    fc.property(positive, positive, fc.integer({ min: 1, max: 60 }), (events, quiet, trials) => {
      let product = 1;
      for (let i = 0; i < trials; i += 1) product *= (quiet + i) / (events + quiet + i);
      expect(quietChance({ events, quiet }, trials)).toBeCloseTo(product, 8);
    }),
  );
});
