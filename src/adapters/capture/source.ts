import type { LiveSourceKind } from "../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../app/live/live-source.ts";
import { untilAborted } from "../../app/until-aborted.ts";
import { CaptureReading } from "./capture-reading.ts";
import type { CaptureOptions } from "./options.ts";
import { readCaptureFile } from "./read-capture-file.ts";

/** Packet captures: connections, and evidence of names from DNS answers, TLS, QUIC and HTTP. */
export const captureSource: LiveSourceKind<CaptureOptions> = {
  kind: "capture",
  summary: "packets from a capture file, a growing one, or `tcpdump -w -` on standard input",
  options: async () => (await import("./options.ts")).captureOptions,
  open: (name, options, machine): LiveSource => ({
    name,
    kind: "capture",
    // What came through a pipe cannot be asked for again.
    hasPositions: options.path !== "-",
    run: async (hands, signal) => {
      const nowMs = (): number => machine.nowMs();
      if (options.path === "-") await readPipe(machine.stdin, hands, nowMs, signal);
      else await readCaptureFile(options, hands, nowMs, signal);
    },
  }),
};

async function readPipe(
  stdin: AsyncIterable<Uint8Array>,
  hands: SourceHands,
  nowMs: () => number,
  signal: AbortSignal,
): Promise<void> {
  const reading = new CaptureReading(hands, nowMs);
  hands.state("running");
  // A quiet line must not keep what was seen before from being told.
  const timer = setInterval(() => reading.tell(), reading.tellMs);
  try {
    for await (const bytes of untilAborted(stdin, signal)) {
      if (!reading.push(bytes)) throw new Error(reading.brokenText("standard input"));
      await hands.room();
    }
  } finally {
    clearInterval(timer);
    reading.finish();
  }
}
