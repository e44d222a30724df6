import { expect, test } from "vitest";
import * as server from "../../../../app/access/user-form.ts";
import {
  grantPlace,
  grantsOf,
  grantTrouble,
  grantWords,
  isLastAdministrator,
  userName,
  userNameTrouble,
} from "./grants.ts";

test("names and places are those that the server takes", () => {
  expect([userName, grantPlace]).toEqual([server.userName, server.grantPlace]);
});

const grace = { isAdministrator: true, hasPassword: true, isDisabled: false };

test.each([
  [["view *"], "sees everything"],
  [["view shop/*", "approve shop/pay-*"], "sees shop/*, decides shop/pay-*"],
  [["edit shop/web", "edit shop/mail", "view *"], "sees everything, edits shop/web and shop/mail"],
  [["administer shop/*"], "administers shop/*"],
  [[], "nothing yet"],
])("%j reads: %s", (grants, words) => {
  expect(grantWords(grantsOf(grants.join("\n")))).toBe(words);
});

test.each([
  ["*", undefined],
  ["shop/*", undefined],
  ["east-*/pay-*", undefined],
  ["", "Write cluster/namespace, or * for everything"],
  ["shop", "Write cluster/namespace, or * for everything"],
  ["a/b/c", "Write cluster/namespace, or * for everything"],
])("a grant for `%s`: %s", (where, trouble) => {
  expect(grantTrouble(where)).toBe(trouble);
});

test.each([
  ["grace", undefined],
  ["", "Small letters, digits, `.`, `_` and `-`, at most 63"],
  ["Grace H", "Small letters, digits, `.`, `_` and `-`, at most 63"],
  ["ada", "There is somebody of this name"],
])("the name `%s`: %s", (name, trouble) => {
  expect(userNameTrouble(name, ["ada"])).toBe(trouble);
});

test.each([
  ["the only one", [grace], true],
  ["one of two", [grace, { ...grace }], false],
  ["beside one who has not chosen a password", [grace, { ...grace, hasPassword: false }], true],
  ["beside one who is disabled", [grace, { ...grace, isDisabled: true }], true],
  ["disabled", [{ ...grace, isDisabled: true }], false],
])("the first is the last who administers: %s", (_, users, isLast) => {
  expect(isLastAdministrator(users[0]!, users)).toBe(isLast);
});
