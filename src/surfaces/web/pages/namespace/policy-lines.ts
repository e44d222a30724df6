import type { RuleEvidence } from "../../../../app/wire/dossier.ts";

export interface PolicyLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Index of the rule that the line belongs to. */
  readonly rule: number | undefined;
}

/** The text of a policy, each line with its rule: from the line where a rule begins until the next begins or its list ends. */
export function linesOf(
  manifest: string,
  rules: readonly Pick<RuleEvidence, "index" | "line">[],
): readonly PolicyLine[] {
  const starts = new Map(rules.flatMap(({ index, line }) => (line === null ? [] : [[line, index] as const])));
  let rule: number | undefined;
  let indent = 0;
  return manifest
    .replace(/\n$/, "")
    .split("\n")
    .map((text, index) => {
      const start = starts.get(index + 1);
      const depth = text.length - text.trimStart().length;
      if (start !== undefined) [rule, indent] = [start, depth];
      else if (rule !== undefined && text.trim() !== "" && depth <= indent) rule = undefined;
      return { number: index + 1, text, rule };
    });
}

/** Parts of a YAML line, to colour: the key, a comment, and what is neither. */
export function partsOf(
  text: string,
): readonly { readonly kind: "key" | "comment" | "plain"; readonly text: string }[] {
  const comment = /(?:^|\s)#.*$/.exec(text);
  const body = comment === null ? text : text.slice(0, comment.index);
  const key = /^(\s*(?:- )*)([\w./"'-]+:)(.*)$/.exec(body);
  return [
    ...(key === null
      ? [{ kind: "plain" as const, text: body }]
      : [
          { kind: "plain" as const, text: key[1] ?? "" },
          { kind: "key" as const, text: key[2] ?? "" },
          { kind: "plain" as const, text: key[3] ?? "" },
        ]),
    ...(comment === null ? [] : [{ kind: "comment" as const, text: comment[0] }]),
  ].filter((part) => part.text !== "");
}
