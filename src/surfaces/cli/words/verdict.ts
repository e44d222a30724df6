import type { Action } from "../../../core/policy/model.ts";
import { green, red, type Text, type TextLike, yellow } from "../terminal/text.ts";

export type Kind = Action | "unknown";

/** Past tense, as in "denied by rule 3". */
export function past(kind: Kind): string {
  return kind === "allow" ? "allowed" : kind === "deny" ? "denied" : "unknown";
}

export function inColour(kind: Kind, words: TextLike): Text {
  return kind === "allow" ? green(words) : kind === "deny" ? red(words) : yellow(words);
}

/** `rule 3`, counted from 0 as OVN does in its logs; `no rule`. */
export function ruleName(rule: number | "otherwise"): string {
  return rule === "otherwise" ? "no rule" : `rule ${rule}`;
}
