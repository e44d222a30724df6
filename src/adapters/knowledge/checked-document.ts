import type { z } from "zod";
import type { Failure } from "../../app/failure.ts";
import { formatPath } from "../../core/policy/manifest.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { ListDocument } from "./list-document.ts";

type Issue = z.core.$ZodIssue;

const told = 10;

/** The document as the schema says, or what is wrong with it and on which line. */
export function checkDocument<T>({ value, at }: ListDocument, schema: z.ZodType<T>): Result<T, readonly Failure[]> {
  const checked = schema.safeParse(value, { reportInput: true });
  if (checked.success) return ok(checked.data);
  const failures = checked.error.issues.flatMap(innermost).slice(0, told);
  return fail(
    failures.map((issue) => ({ code: "knowledge_invalid", message: `${at(issue.path)}: ${sentence(issue)}` })),
  );
}

/** Of several forms, the one that was meant: the one that came furthest. */
function innermost(issue: Issue): readonly Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const depth = (issues: readonly Issue[]): number => Math.max(0, ...issues.map(({ path }) => path.length));
  const best = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
  const inner = best.map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
  return inner.length === 0 ? [issue] : inner.flatMap(innermost);
}

function sentence(issue: Issue): string {
  const where =
    issue.path.length === 0
      ? ""
      : `\`${formatPath(issue.path.map((key) => (typeof key === "symbol" ? String(key) : key)))}\` `;
  switch (issue.code) {
    case "custom":
      return issue.message;
    case "unrecognized_keys":
      return `${where === "" ? "the file" : where.trim()} has no ${issue.keys.map(quoted).join(", ")}`;
    case "invalid_type":
      return issue.input === undefined
        ? `${where}is missing`
        : `${where}is to be ${words[issue.expected] ?? issue.expected}, not ${quoted(issue.input)}`;
    case "invalid_value":
      return `${where}is to be ${issue.values.map((value) => `\`${String(value)}\``).join(" or ")}`;
    case "too_small":
      return `${where}is empty`;
    case "too_big":
      return `${where}has more than ${String(issue.maximum)} entries or characters`;
    case "invalid_format":
      return `${where}${issue.message.startsWith("is ") ? issue.message : "is not in the right form"}: ${quoted(issue.input)}`;
    default:
      return `${where}is not what it is to be`;
  }
}

const words: Readonly<Record<string, string>> = {
  string: "a text",
  array: "a list",
  object: "a mapping",
  int: "a whole number",
};
