import { expect, test } from "vitest";
import { environmentFor, nodeOptionsFor } from "./node-options.ts";

test.each([
  ["an observer is frugal", "observe --config a.yaml", "", "--max-semi-space-size=1 --optimize-for-size"],
  ["what was said stays", "observe", "--inspect --max_semi_space_size=16", "--optimize-for-size"],
  ["nothing is said twice", "observe", "--max-semi-space-size=1 --optimize-for-size", ""],
  [
    "other limits are other limits",
    "observe",
    "--max-old-space-size=64",
    "--max-semi-space-size=1 --optimize-for-size",
  ],
  ["a server is tidy", "serve --no-app", "", "--max-semi-space-size=16 --heap-growing-percent=120"],
  ["a server keeps what was said", "serve", "--heap_growing_percent=20", "--max-semi-space-size=16"],
  ["a check is over at once", "observe check observe.yaml", "", ""],
  ["other commands are quick instead", "suggest observe", "", ""],
  ["no command is none", "", "", ""],
])("%s", (_, args, said, expected) => {
  expect(nodeOptionsFor(args.split(" "), said.split(" ")).join(" ")).toBe(expected);
});

test("an observer's memory comes from one arena, unless somebody knows better", () => {
  expect(environmentFor(["observe"], { HOME: "/" })).toEqual({ HOME: "/", MALLOC_ARENA_MAX: "1" });
  expect(environmentFor(["observe"], { MALLOC_ARENA_MAX: "4" })).toEqual({ MALLOC_ARENA_MAX: "4" });
  expect(environmentFor(["serve"], { HOME: "/" })).toEqual({ HOME: "/" });
});
