import { expect, test } from "vitest";
import { linkOf } from "./link-of.ts";

test.each([
  ["#a-secret_1", "a-secret_1", undefined],
  ["#a-secret_1&name=grace.h", "a-secret_1", "grace.h"],
  ["#a-secret_1&name=", "a-secret_1", undefined],
  ["", "", undefined],
])("behind %j is the secret %j for %j", (hash, secret, name) => {
  expect(linkOf(hash)).toEqual({ secret, name });
});
