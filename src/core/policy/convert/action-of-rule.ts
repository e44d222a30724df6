import type { Action, Rule } from "../model.ts";

/** Rules of the kinds that are converted allow or deny. @throws for one that passes: no such kind has any */
export function actionOfRule({ action, text }: Rule): Action {
  if (action === "pass") throw new Error(`a rule that passes cannot be converted: ${text}`);
  return action;
}
