import { expect, test } from "vitest";
import { redirectTrouble } from "./redirect-trouble.ts";

test.each([
  ["sign_in_state", /^This browser did not begin to sign in here/],
  ["call 555-1234", /^Signing in there did not work/],
  ["constructor", /^Signing in there did not work/],
])("of the code %j the page says %s", (code, words) => {
  expect(redirectTrouble(code)).toMatch(words);
});
