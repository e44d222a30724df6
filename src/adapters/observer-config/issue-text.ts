import type { z } from "zod";
import { count } from "../../core/count-words.ts";
import { quoted } from "../../core/quoted.ts";

type Issue = z.core.$ZodIssue;

/** A complaint of zod as half a sentence of ours, to follow the name of an option. */
export function issueText(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "is missing";
      return `is to be ${article(issue.expected)}, ${issue.input === null ? "and is empty" : `not ${quoted(issue.input)}`}`;
    case "unrecognized_keys":
      return `has no option ${issue.keys.map(quoted).join(", ")}`;
    case "invalid_value":
      return `is to be ${issue.values.map((value) => `\`${String(value)}\``).join(" or ")}`;
    case "too_small":
      if (issue.origin === "array") return `is to have at least ${count(Number(issue.minimum), "entry", "entries")}`;
      return `is to be at least ${String(issue.minimum)}${unitOf(issue.origin)}`;
    case "too_big":
      if (issue.origin === "array") return `is to have at most ${count(Number(issue.maximum), "entry", "entries")}`;
      return `is to be at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
    case "invalid_union":
      return `is to be ${[...new Set(issue.errors.map(formWords))].join(" or ")}, not ${quoted(issue.input)}`;
    case "custom":
      return issue.message;
    default:
      return issue.message.replace(/^Invalid/, "invalid").replace(/^Too/, "too");
  }
}

/**
 * Of a value that has none of several forms what is wrong with the form that was meant: the one that has what it needs and knows the
 * most of it. Itself where it looks like none of them.
 */
export function meantIssue(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const likely = issue.errors.filter((errors) => !errors.some(isOtherForm));
  const [meant] = likely.toSorted((a, b) => distanceOf(a) - distanceOf(b))[0] ?? [];
  return meant === undefined ? issue : meantIssue({ ...meant, path: [...issue.path, ...meant.path] });
}

/** The whole value is something else, which no change inside of it would mend. */
function isOtherForm({ code, path }: Issue): boolean {
  return path.length === 0 && (code === "invalid_type" || code === "invalid_value");
}

function distanceOf(errors: readonly Issue[]): number {
  return errors.reduce((sum, issue) => {
    if (issue.code === "unrecognized_keys") return sum + 5 * issue.keys.length;
    return sum + (issue.code === "invalid_type" && issue.input === undefined ? 10 : 1);
  }, 0);
}

/** What a form is, from its complaint about another. */
function formWords([issue]: readonly Issue[]): string {
  if (issue?.code === "invalid_value") return issue.values.map((value) => `\`${String(value)}\``).join(" or ");
  return issue?.code === "invalid_type" ? article(issue.expected) : "another form";
}

function article(type: string): string {
  const words: Readonly<Record<string, string>> = { int: "a whole number", array: "a list", object: "a mapping" };
  return words[type] ?? `a ${type}`;
}

function unitOf(origin: string): string {
  return origin === "string" ? " characters long" : "";
}

/** `sources[0].tls.caFile`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}${text === "" ? "" : "."}${String(key)}`),
    "",
  );
}
