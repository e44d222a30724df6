/**
 * Do learned policies survive the next fortnight, and what do they leave open? A made-up cluster is watched for some weeks,
 * several makers write policies from the record, and each is judged over the fourteen days that follow.
 *
 *   node bench/learning.ts [--settings usual|…|all-tuning|held-out] [--makers ours,naive] [--quick] [--details] [--json]
 *
 * `--onboarding` asks instead how well the services of a namespace are expected that nobody has seen.
 */
import { parseArgs } from "node:util";
import { printResult } from "./corpus/measure.ts";
import { ideal } from "./learning/makers/ideal.ts";
import type { PolicyMaker } from "./learning/makers/maker.ts";
import { eachAddress, namesOnly, neighbourhoods, portAnywhere } from "./learning/makers/naive.ts";
import { details, table } from "./learning/report.ts";
import { runSettings, together } from "./learning/run.ts";
import { allSettings, type LearningSettings, quickened } from "./learning/settings.ts";

const { values } = parseArgs({
  options: {
    settings: { type: "string", default: "usual" },
    makers: { type: "string", default: "ours,naive" },
    quick: { type: "boolean", default: false },
    details: { type: "boolean", default: false },
    onboarding: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

function chosen(word: string): readonly LearningSettings[] {
  const found = allSettings.filter(
    ({ name, purpose }) => name === word || (word === "all-tuning" && purpose === "tuning") || word === purpose,
  );
  if (found.length === 0) {
    const names = allSettings.map(({ name }) => name).join(", ");
    throw new Error(`no settings \`${word}\`, use all-tuning, held-out or one of ${names}`);
  }
  return found;
}

const wantsOurs = /ours|balanced/.test(values.makers);
const { ours } = wantsOurs ? await import("./learning/makers/ours.ts") : { ours: undefined };
const sets: Readonly<Record<string, readonly PolicyMaker[]>> = {
  ours: ours === undefined ? [] : [ours("strict"), ours("balanced"), ours("available")],
  balanced: ours === undefined ? [] : [ours("balanced")],
  naive: [eachAddress, neighbourhoods, portAnywhere, namesOnly, ideal],
  ideal: [ideal],
};
const makers = values.makers.split(",").flatMap((word) => sets[word] ?? []);
const settings = values.settings.split(",").flatMap(chosen);

const progress = (message: string): void => {
  process.stderr.write(`${message}\n`);
};
const scaled = settings.map((each) => (values.quick ? quickened(each) : each));
if (values.onboarding) await expectServices();
else judgeMakers();

function judgeMakers(): void {
  const outcomes = scaled.map((each) => {
    const outcome = runSettings(each, makers, progress);
    if (!values.json) {
      process.stdout.write(`\n${outcome.settings.name}\n${table(outcome.summaries)}`);
      if (values.details) for (const summary of outcome.summaries) process.stdout.write(`\n${details(summary)}`);
    }
    return outcome;
  });
  const all = outcomes.length > 1 ? together(outcomes) : [];
  if (!values.json) {
    if (all.length > 0) process.stdout.write(`\nall together\n${table(all)}`);
    if (values.details) for (const summary of all) process.stdout.write(`\n${details(summary)}`);
    return;
  }
  printResult("do learned policies survive the next fortnight", {
    results: outcomes.map((outcome) => ({ settings: outcome.settings, makers: outcome.summaries })),
    together: all,
  });
}

async function expectServices(): Promise<void> {
  const { runOnboarding } = await import("./learning/onboarding.ts");
  const results = scaled.map((each) => ({ settings: each.name, ...runOnboarding(each, progress) }));
  printResult("are the services of an unseen namespace expected", {
    results: values.details ? results : results.map((figures) => ({ ...figures, mistakes: undefined })),
  });
}
