import type { RuleFinding } from "../../../../app/wire/rules.ts";

export const problemTitles: Readonly<Record<RuleFinding["problem"], string>> = {
  zombie: "Zombie",
  shadowed: "Shadowed",
  redundant: "Redundant",
  "over-broad": "Over-broad",
  conflict: "Conflict",
  "dead-name": "Dead name",
  other: "Other",
};

/** For who meets the word for the first time. */
export const problemMeanings: Readonly<Record<RuleFinding["problem"], string>> = {
  zombie: "No recorded traffic has used it for a long time.",
  shadowed: "Rules before it decide everything it matches, so it never decides.",
  redundant: "Without it, exactly the same is decided.",
  "over-broad": "It opens much more than recorded traffic needs.",
  conflict: "Another rule decides the same traffic the other way.",
  "dead-name": "The name it allows no longer resolves.",
  other: "",
};
