import { expect, test } from "vitest";
import { returnPath } from "./return-path.ts";

test.each([
  ["/proposals?state=draft", "/proposals?state=draft"],
  [null, "/"],
  ["", "/"],
  ["https://evil.example", "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["/sign-in?next=/sign-in", "/"],
  ["/sign-in", "/"],
  ["/sign-in-log", "/sign-in-log"],
])("after %j comes %s", (next, path) => {
  expect(returnPath(next)).toBe(path);
});
