import type { Judge } from "../app/judge/judge.ts";
import { JudgeThread, type JudgeThreadOptions } from "./judge-thread.ts";

/**
 * The judge beside the server's own thread: one thread for those who type and look, another one for learning and reviewing, which may
 * take seconds at a time.
 */
export function judgeInThreads(options: JudgeThreadOptions): Judge {
  const quick = new JudgeThread(options);
  const slow = new JudgeThread(options);
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
