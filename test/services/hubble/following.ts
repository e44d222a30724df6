import { HubbleSource } from "../../../src/adapters/grpc/hubble/hubble-source.ts";
import { hubbleOptions } from "../../../src/adapters/grpc/hubble/options.ts";
import { HubbleServer } from "./hubble-server.ts";
import { quick, RecordingHands } from "./recording-hands.ts";

const servers: HubbleServer[] = [];
const stops: (() => Promise<void>)[] = [];

/** To be called behind each test. */
export async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0)) await stop();
  for (const server of servers.splice(0)) server.close();
}

export function newServer(): HubbleServer {
  const server = new HubbleServer();
  servers.push(server);
  return server;
}

export interface Following {
  readonly hands: RecordingHands;
  /** Stops it as a restart would; its last position is what the next one resumes from. */
  stop(): Promise<void>;
  readonly end: Promise<void>;
}

export function follow(options: object, resumeFrom?: string, patience = quick): Following {
  const hands = new RecordingHands(resumeFrom);
  const machine = { stdin: (async function* () {})(), nowMs: () => Date.now() };
  const parsed = hubbleOptions.parse({ historySeconds: 3600, ...options });
  const stopping = new AbortController();
  const end = new HubbleSource("relay", parsed, machine, patience).run(hands, stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await end.catch(() => undefined);
  };
  stops.push(stop);
  return { hands, stop, end };
}
