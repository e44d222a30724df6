import { type ServiceError, status } from "@grpc/grpc-js";
import { failureOf, GrpcFailure, type GrpcChannel, sameBytes } from "./channel.ts";

/** A piece of a stream: what came within so many milliseconds, or this much. */
const pieceMs = 100;
const pieceBytes = 1 << 20;
const pieceMessages = 4096;

export interface StreamReader {
  /** Takes messages in the order they came, at once; they may not be kept. */
  take(messages: readonly Uint8Array[]): void;
  /** The connection stands. */
  ready?(): void;
  /** The server waits as long as this is pending, once its window is full. */
  room(): Promise<void>;
}

/**
 * Reads a server's stream to its end. Resolves when the server ends it or `signal` aborts; rejects with `GrpcFailure`.
 * Whatever arrived before an end is taken.
 */
export function readStream(
  channel: GrpcChannel,
  method: string,
  request: Uint8Array,
  reader: StreamReader,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const stream = channel.client.makeServerStreamRequest(
    method,
    sameBytes,
    sameBytes,
    Buffer.from(request),
    channel.metadata,
  );
  let piece: Buffer[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const stop = (): void => stream.cancel();

  const takePiece = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const taken = piece;
    piece = [];
    bytes = 0;
    if (taken.length > 0) reader.take(taken);
  };
  const end = (failure?: unknown): void => {
    if (isOver) return;
    isOver = true;
    signal.removeEventListener("abort", stop);
    try {
      takePiece();
    } catch (error) {
      return reject(error);
    }
    if (failure === undefined || signal.aborted) resolve();
    else reject(failure);
  };
  const takeAndWait = async (): Promise<void> => {
    stream.pause();
    try {
      takePiece();
      await reader.room();
      if (!isOver) stream.resume();
    } catch (error) {
      stop();
      end(error);
    }
  };

  signal.addEventListener("abort", stop, { once: true });
  stream.on("data", (message: Buffer) => {
    piece.push(message);
    bytes += message.length;
    if (bytes >= pieceBytes || piece.length >= pieceMessages) void takeAndWait();
    else timer ??= setTimeout(() => void takeAndWait(), pieceMs);
  });
  stream.on("end", () => end());
  stream.on("error", (error: ServiceError) => end(failureOf(error, channel.address)));
  const connected = (): void => {
    if (!isOver) reader.ready?.();
  };
  channel.ready().then(connected, (error: unknown) => {
    if (isOver) return;
    // The call itself knows better why, when it fails at all.
    end(error instanceof GrpcFailure ? error : new GrpcFailure(status.UNAVAILABLE, "no connection"));
    stop();
  });
  return promise;
}
