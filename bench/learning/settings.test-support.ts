import { allSettings, type LearningSettings } from "./settings.ts";

/** A world of a few seconds that has some of everything. */
export const tinySettings: LearningSettings = {
  ...allSettings[0]!,
  name: "tiny",
  learningDays: 4,
  namespaces: 3,
  nodes: 3,
  activity: 0.2,
  dualStack: 0.5,
  gapsPerWeek: 2,
  attacks: { ...allSettings[0]!.attacks, whileLearning: 1, whileJudged: 1 },
};
