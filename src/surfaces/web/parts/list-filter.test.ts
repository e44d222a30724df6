import { expect, test } from "vitest";
import { chipsOf } from "./list-filter.ts";

test("chips name what is filtered, and keep what they do not know", () => {
  const options = [{ value: "none", label: "Open" }];
  const url = new URLSearchParams("coverage=none&coverage=other&name=*.example.com");
  const chips = chipsOf(
    [
      { kind: "choice", parameter: "coverage", title: "Coverage", options },
      { kind: "text", parameter: "name", title: "Name", placeholder: "" },
    ],
    (name) => url.getAll(name),
  );
  expect(chips.map(({ title, label }) => `${title}: ${label}`)).toEqual([
    "Coverage: Open",
    "Coverage: other",
    "Name: *.example.com",
  ]);
});
