import { expect, test } from "vitest";
import { DnsQuestions } from "./dns-questions.ts";

/** A question for A records that connection 1 asked as number 7; `answer` is judged. */
const asked = (): DnsQuestions => {
  const questions = new DnsQuestions(10);
  questions.ask(1, 7, "a.example", 1);
  return questions;
};

test.each<[string, [number, number, string, number], string]>([
  ["the same", [1, 7, "a.example", 1], "asked"],
  ["another number", [1, 8, "a.example", 1], "unasked"],
  ["another connection", [2, 7, "a.example", 1], "unasked"],
  ["the connection before it, and a number as much larger", [0, 8, "a.example", 1], "unasked"],
  ["another name", [1, 7, "b.example", 1], "unasked"],
  ["another type", [1, 7, "a.example", 28], "unasked"],
])("an answer of %s is %s", (_, [connection, id, name, type], expected) => {
  expect(asked().answer(connection, id, name, type)).toBe(expected);
});

test("a question is answered once, and a wrong answer does not count as one", () => {
  const questions = asked();
  const answers = ["b.example", "a.example", "a.example"].map((name) => questions.answer(1, 7, name, 1));
  expect(answers).toEqual(["unasked", "asked", "answered"]);
  questions.ask(1, 7, "a.example", 1);
  expect(questions.answer(1, 7, "a.example", 1)).toBe("asked");
});

test("of too many questions those are forgotten that were asked first, unless they were asked again", () => {
  const questions = new DnsQuestions(3);
  for (const connection of [1, 2, 3, 1, 4]) questions.ask(connection, 7, "a.example", 1);
  expect([1, 2, 3, 4].filter((connection) => questions.answer(connection, 7, "a.example", 1) === "asked")).toEqual([
    1, 3, 4,
  ]);
  questions.clear();
  expect(questions.answer(1, 7, "a.example", 1)).toBe("unasked");
});
