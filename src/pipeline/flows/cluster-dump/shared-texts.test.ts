import { expect, test } from "vitest";
import { SharedTexts } from "./shared-texts.ts";

test("texts stay what they are, however many there have been", () => {
  const texts = new SharedTexts(3);
  const said = Array.from({ length: 20 }, (_, i) => `team-${i % 7}`);
  expect(said.map((text) => texts.share(text))).toEqual(said);
  expect(texts.share("")).toBe("");
});
