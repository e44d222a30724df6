import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { openSocket } from "./datagram-socket.ts";

const descriptors = "/proc/self/fd";

test.skipIf(!existsSync(descriptors))("a socket that cannot be bound leaves nothing open", async () => {
  const other = createSocket("udp4").bind({ port: 0, address: "127.0.0.1", exclusive: true });
  await once(other, "listening");
  const { port } = other.address();
  const stop = new AbortController();
  const before = readdirSync(descriptors).length;
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const opened = openSocket("127.0.0.1", 4, port, 65_536, () => undefined, stop.signal);
    await expect(opened).rejects.toMatchObject({ code: "EADDRINUSE" });
  }
  expect(readdirSync(descriptors).length).toBeLessThan(before + 10);
  other.close();
});

test.each<readonly [string, (stop: AbortController) => void]>([
  ["before", (stop) => stop.abort()],
  ["right after", (stop) => queueMicrotask(() => stop.abort())],
  ["while", (stop) => process.nextTick(() => stop.abort())],
])("a signal that is aborted %s binding began ends it", async (_, abort) => {
  const stop = new AbortController();
  abort(stop);
  const opened = openSocket("127.0.0.1", 4, 0, 65_536, () => undefined, stop.signal);
  // Whichever came first: nothing was bound, or what was bound is closed again.
  const ended = opened.then(
    async (socket) => socket.closed.then(() => "ended"),
    () => "ended",
  );
  expect(await ended).toBe("ended");
});
