import { part } from "../../../pipeline/sources/hubble/event.ts";
import { HubbleMessageDecoder } from "../../../pipeline/sources/hubble/message.ts";
import { WireReader } from "../../../pipeline/sources/protobuf/wire-reader.ts";
import type { GrpcChannel } from "../channel.ts";
import { readStream } from "../read-stream.ts";
import { nodeNameOf } from "./node-name.ts";
import { getFlows, oldestRequest, serverStatus } from "./request.ts";

/** What a server says of itself. Absent numbers are undefined. */
export interface ServerStatus {
  readonly flows: number;
  readonly maxFlows: number;
  /** Since the server started. */
  readonly seenFlows: number;
  readonly connectedNodes: number | undefined;
  readonly unavailableNodes: number | undefined;
}

const oldestMs = 10_000;

/** Asks what the server holds and which nodes it misses. Rejects with `GrpcFailure`. */
export async function askStatus(channel: GrpcChannel, signal: AbortSignal): Promise<ServerStatus> {
  const answer = await channel.ask(serverStatus, new Uint8Array(0), signal);
  const reader = new WireReader();
  const found = { flows: 0, maxFlows: 0, seenFlows: 0, connectedNodes: undefined, unavailableNodes: undefined } as {
    -readonly [Key in keyof ServerStatus]: ServerStatus[Key];
  };
  reader.open(answer, 0, answer.length);
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        found.flows = reader.whole();
        break;
      case 2:
        found.maxFlows = reader.whole();
        break;
      case 3:
        found.seenFlows = reader.whole();
        break;
      case 5:
        found.connectedNodes = wrapped(reader);
        break;
      case 6:
        found.unavailableNodes = wrapped(reader);
        break;
      default:
    }
  }
  return found;
}

/** A wrapped number: an empty message says zero. */
function wrapped(reader: WireReader): number {
  let value = 0;
  if (!reader.enter()) return value;
  while (reader.next()) value = reader.whole();
  reader.leave();
  return value;
}

/**
 * The time of the oldest event that each node still holds, in microseconds. Undefined where the server cannot say.
 * Events are kept in memory, a few thousand a node; what fell out of there while nobody listened is gone.
 */
export async function askOldest(channel: GrpcChannel, signal: AbortSignal): Promise<Map<string, number> | undefined> {
  const oldest = new Map<string, number>();
  const decoder = new HubbleMessageDecoder();
  const timeout = AbortSignal.timeout(oldestMs);
  const take = (messages: readonly Uint8Array[]): void => {
    for (const message of messages) {
      if (!decoder.read(message) || decoder.timeUs < 0 || decoder.event.lost >= 0) continue;
      if (decoder.event.nodeState >= 0 || !decoder.event.has(part.nodeName)) continue;
      const name = nodeNameOf(decoder);
      oldest.set(name, Math.min(decoder.timeUs, oldest.get(name) ?? decoder.timeUs));
    }
  };
  try {
    const reader = { take, room: () => Promise.resolve() };
    await readStream(channel, getFlows, oldestRequest(), reader, AbortSignal.any([signal, timeout]));
  } catch {
    return undefined;
  }
  return timeout.aborted ? undefined : oldest;
}
