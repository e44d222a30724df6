import type { StoredLaw } from "../state/law-book.ts";
import { type LawBench, unasked } from "./law-bench.ts";
import type { LawJudge } from "./law-judge.ts";

export interface LawJudgeParts {
  /** The newest version of each law. */
  readonly laws: () => Promise<readonly StoredLaw[]>;
  readonly bench: LawBench;
}

/** Judges by the laws as they stand at the moment of asking. */
export function lawJudge({ laws, bench }: LawJudgeParts): LawJudge {
  return {
    async judge(input) {
      let stored: readonly StoredLaw[];
      try {
        stored = await laws();
      } catch {
        return unasked("laws-away", "the laws cannot be read now, so nothing can be approved: try again later");
      }
      return bench.judge(stored, input);
    },
  };
}
