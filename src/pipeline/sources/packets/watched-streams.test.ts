import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteStream } from "./byte-stream.ts";
import { WatchedStreams } from "./watched-streams.ts";

/** What one key did, in a list of what is kept: the plain way to say what the limits mean. */
class PlainStreams {
  kept: { readonly key: number; readonly stream: ByteStream }[] = [];

  use(key: number, stream: ByteStream, streamBytes: number, streams: number): void {
    this.drop(key);
    this.kept.push({ key, stream });
    while (this.bytes() > streamBytes || this.kept.length > streams) this.kept.shift();
  }

  drop(key: number): void {
    this.kept = this.kept.filter((own) => own.key !== key);
  }

  private bytes(): number {
    return this.kept.reduce((sum, { stream }) => sum + stream.size, 0);
  }
}

test("streams stay within their limits together, and the one used least lately makes room", () => {
  const key = fc.nat(9);
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ key, grows: fc.nat(4000) }) },
    { weight: 2, arbitrary: fc.record({ key, grows: fc.constant(undefined) }) },
    { weight: 1, arbitrary: fc.constant("clear" as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const limits = { streamBytes: 20_000, streams: 5 };
      const watched = new WatchedStreams(limits);
      const plain = new PlainStreams();
      for (const at of steps) {
        if (at === "clear") {
          watched.clear();
          plain.kept = [];
        } else if (at.grows === undefined) {
          watched.drop(at.key);
          plain.drop(at.key);
        } else {
          const known = watched.get(at.key);
          const stream = known?.stream instanceof ByteStream ? known.stream : new ByteStream(50_000);
          // Bytes that wait for their beginning: as many as are counted.
          stream.add(1, new Uint8Array(at.grows));
          watched.keep(at.key, known ?? { stream, first: 0, size: 0 });
          plain.use(at.key, stream, limits.streamBytes, limits.streams);
        }
        const kept = Array.from({ length: 10 }, (_, i) => i).filter((i) => watched.has(i));
        expect(kept).toEqual(plain.kept.map((own) => own.key).toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 200 },
  );
});
