import type { Suggestion } from "../../../../app/suggest-policies.ts";
import type { Choice } from "../../../../pipeline/suggest/choose/choice.ts";
import type { Printer } from "../../terminal/printer.ts";
import { bold, dim, text } from "../../terminal/text.ts";
import { percent } from "../../words/percent.ts";

/** How each service is allowed and why, where there was a choice; plain services need no words. */
export function printChoices({ choices, posture }: Suggestion, out: Printer): void {
  const chosen = choices.filter(({ runnerUp }) => runnerUp !== undefined);
  if (chosen.length === 0) return;
  out.line();
  out.line(text`  ${bold("how each service is allowed")} ${dim(`posture ${posture}`)}`);
  for (const { use, form, because, runnerUp } of chosen) {
    out.line(text`    ${use.service.title}: ${form.title}, because ${because}`, 6);
    if (runnerUp !== undefined) out.line(text`      ${dim(`not ${runnerUp.form.title}: ${runnerUp.because}`)}`, 8);
  }
}

/** One row per service, for the report. */
export function choiceRows(choices: readonly Choice[]): readonly (readonly string[])[] {
  return choices.map(({ use, form, because, runnerUp }) => [
    use.service.title,
    form.title,
    because,
    percent(form.breaksWithinWeek),
    runnerUp === undefined ? "" : `${runnerUp.form.title}: ${runnerUp.because}`,
  ]);
}
