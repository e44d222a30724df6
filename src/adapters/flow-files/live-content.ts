import { untilAborted } from "../../app/until-aborted.ts";

/** What an interrupted program has still to write comes within this time: a Ctrl-C reaches all of a pipeline. */
const drainMs = 1000;

/**
 * What comes through a pipe, to its end or to a moment after the interrupt that `divertInterrupt` catches. A capture of live
 * packets has no end of its own: who interrupts it wants what came by then.
 */
export async function* liveContent<T>(
  content: AsyncIterable<T>,
  divertInterrupt: (action: () => void) => () => void,
): AsyncGenerator<T, void> {
  const end = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const takeBack = divertInterrupt(() => {
    timer = setTimeout(() => end.abort(), drainMs);
  });
  try {
    yield* untilAborted(content, end.signal);
  } finally {
    takeBack();
    clearTimeout(timer);
  }
}
