import type { RuleList } from "./model.ts";

/** A list as it works where nothing is asked after it: what it passes is allowed. */
export function alone(list: RuleList): RuleList {
  if (list.otherwise !== "pass" && list.rules.every(({ action }) => action !== "pass")) return list;
  return {
    rules: list.rules.map((rule) => (rule.action === "pass" ? { ...rule, action: "allow" } : rule)),
    otherwise: list.otherwise === "pass" ? "allow" : list.otherwise,
  };
}
