import { expect, test } from "vitest";
import { draftOf, editOf, expiryOf, rebased, reviewersOf, troubleOf } from "./editing.ts";

const proposal = {
  manifest: "kind: EgressFirewall\n",
  title: "Learn shop",
  justification: "because",
  ticket: "",
  reviewers: ["ada", "grace"],
  expiresAtMs: Date.UTC(2026, 11, 24),
};
const draft = draftOf(proposal as never);

test("what was not touched is not sent", () => {
  expect(draft).toMatchObject({ reviewers: "ada, grace", expires: "2026-12-24" });
  expect(editOf(draft, draft)).toEqual({});
  expect(editOf(draft, { ...draft, title: "Learn shop ", reviewers: "ada,grace,\n" })).toEqual({});
});

test.each([
  [{ manifest: "x" }, { manifest: "x" }],
  [{ title: " Shop " }, { title: "Shop" }],
  [{ reviewers: "ada\nlinus, ada" }, { reviewers: ["ada", "linus"] }],
  [{ expires: "" }, { expiresAtMs: null }],
  [{ expires: "2027-01-02" }, { expiresAtMs: Date.UTC(2027, 0, 2) }],
  [{ expires: "soon" }, {}],
])("%j is sent as %j", (change, edit) => {
  expect(editOf(draft, { ...draft, ...change })).toEqual(edit);
});

test.each([
  ["", null],
  ["2026-02-28", Date.UTC(2026, 1, 28)],
  ["2026-02-31", undefined],
  ["tomorrow", undefined],
])("the day `%s` is %s", (text, ms) => {
  expect(expiryOf(text)).toBe(ms);
});

test("names are parted by commas and lines", () => {
  expect(reviewersOf(" a, b\n\nb ,")).toEqual(["a", "b"]);
});

test("what keeps a form from being saved", () => {
  expect(troubleOf(draft, 0)).toEqual({});
  expect(troubleOf({ ...draft, title: " ", expires: "x" }, 0)).toEqual({
    title: "A proposal needs a title",
    expires: "Write a day as year-month-day, such as 2026-12-24",
  });
  expect(troubleOf(draft, Date.UTC(2030, 0))).toEqual({ expires: "That day has passed" });
});

test("on top of somebody else's version only one's own fields are one's own", () => {
  const mine = { ...draft, manifest: "mine", title: "Mine" };
  const theirs = { ...draft, manifest: "theirs", ticket: "NET-1" };
  expect(rebased(draft, mine, theirs)).toEqual({ ...draft, manifest: "mine", title: "Mine", ticket: "NET-1" });
});
