import type { Judge } from "../app/judge/judge.ts";
import { JudgeProcess, type JudgeProcessOptions } from "./judge-process.ts";

/**
 * The judge beside the server's own process: one process for those who type and look, another one for learning and reviewing, which may
 * take seconds at a time and lets the others go first.
 */
export function judgeInProcesses(options: JudgeProcessOptions): Judge {
  const quick = new JudgeProcess(options);
  const slow = new JudgeProcess({ ...options, isPatient: true });
  // What comes back was worked out by the same methods of another judge.
  return {
    judge: async (ask, signal) => (await quick.run("judge", ask, signal)) as never,
    flowMap: async (ask, signal) => (await quick.run("flowMap", ask, signal)) as never,
    suggest: async (ask, signal) => (await slow.run("suggest", ask, signal)) as never,
    review: async (ask, signal) => (await (ask.isLook === true ? quick : slow).run("review", ask, signal)) as never,
    close: async () => {
      await Promise.all([quick.close(), slow.close()]);
    },
  };
}
