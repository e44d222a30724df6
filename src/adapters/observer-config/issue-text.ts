import type { z } from "zod";
import { quoted } from "../../core/quoted.ts";

type Issue = z.core.$ZodIssue;

/** A complaint of zod as half a sentence of ours, to follow the name of an option. */
export function issueText(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is missing"
        : `is to be ${article(issue.expected)}, not ${quoted(issue.input)}`;
    case "unrecognized_keys":
      return `has no option ${issue.keys.map(quoted).join(", ")}`;
    case "invalid_value":
      return `is to be ${issue.values.map((value) => `\`${String(value)}\``).join(" or ")}`;
    case "too_small":
      return `is to be at least ${String(issue.minimum)}${unitOf(issue.origin)}`;
    case "too_big":
      return `is to be at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
    case "invalid_union": {
      // The option that came furthest is the one that was meant.
      const [first] = issue.errors.find((errors) => errors.every(({ code }) => code !== "invalid_type")) ?? [];
      return first === undefined ? "is none of the forms that it can have" : issueText(first);
    }
    case "custom":
      return issue.message;
    default:
      return issue.message.replace(/^Invalid/, "invalid").replace(/^Too/, "too");
  }
}

function article(type: string): string {
  const words: Readonly<Record<string, string>> = { int: "a whole number", array: "a list", object: "a mapping" };
  return words[type] ?? `a ${type}`;
}

function unitOf(origin: string): string {
  return origin === "string" ? " characters long" : origin === "array" ? " entries long" : "";
}

/** `sources[0].tls.caFile`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}${text === "" ? "" : "."}${String(key)}`),
    "",
  );
}
