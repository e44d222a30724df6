import type { Readable } from "node:stream";

export class IdleStream extends Error {
  override readonly name = "IdleStream";
}

/**
 * Gives the body's bytes to `take` as they arrive. A stream that is silent for `idleMs` is ended: behind a broken
 * firewall it would stay open for ever.
 * @throws what `take` throws, the stream's own error, or `IdleStream`
 */
export async function readBody(body: Readable, take: (chunk: Buffer) => void, idleMs: number): Promise<void> {
  const timer = setTimeout(() => body.destroy(new IdleStream("the connection has been silent for too long")), idleMs);
  try {
    for await (const chunk of body) {
      timer.refresh();
      take(chunk as Buffer);
    }
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}
