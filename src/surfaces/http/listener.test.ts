import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { issueCertificate } from "../../../test/certificate.ts";
import { type Listener, listenerLimits, makeListener } from "./listener.ts";

const own = issueCertificate({ commonName: "collector", hosts: ["127.0.0.1"] });
const limits = { ...listenerLimits, idleTimeoutMs: 50, stalledTimeoutMs: 100 };
/** More than fits into the buffers between two processes. */
const long = Buffer.alloc(64 << 20, "x");

let listener: Listener | undefined;
afterEach(() => {
  listener?.destroyConnections();
  listener?.server.close();
});

/** A server whose every answer nobody reads; resolves when it has given up on one. */
async function started(isSecure: boolean): Promise<{ readonly port: number; readonly gaveUp: Promise<unknown> }> {
  const { promise: gaveUp, resolve } = Promise.withResolvers<unknown>();
  const answer: RequestListener = (_, response) => {
    response.on("close", () => resolve("given up"));
    response.end(long);
  };
  listener = makeListener(answer, isSecure ? { ...own, clientCa: undefined } : undefined, limits);
  listener.server.listen(0, "127.0.0.1");
  await once(listener.server, "listening");
  return { port: (listener.server.address() as AddressInfo).port, gaveUp };
}

const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

describe("a client that never reads its answer is cut off", () => {
  test("over HTTP/1.1", async () => {
    const { port, gaveUp } = await started(false);
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    socket.pause().write(request);
    expect(await gaveUp).toBe("given up");
    socket.destroy();
  });

  test("over HTTP/1.1 and TLS", async () => {
    const { port, gaveUp } = await started(true);
    const socket = connectTls({ port, host: "127.0.0.1", ca: own.cert }).on("error", () => {});
    socket.pause().write(request);
    expect(await gaveUp).toBe("given up");
    socket.destroy();
  });

  test("over HTTP/2", async () => {
    const { port, gaveUp } = await started(true);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: own.cert }).on("error", () => {});
    const stream = session.request({ ":path": "/" }).on("error", () => {});
    await once(stream, "response");
    stream.pause();
    expect(await gaveUp).toBe("given up");
    session.destroy();
  });
});

describe("when all places are taken", () => {
  /** A server with three places where everybody who asks has shown who he is. */
  async function small(isSecure: boolean): Promise<{ readonly port: number; readonly crowdedOut: () => number }> {
    let count = 0;
    const answer: RequestListener = ({ socket }, response) => {
      listener?.vouch(socket, `client ${socket.remotePort}`);
      response.end("here");
    };
    const tls = isSecure ? { ...own, clientCa: undefined } : undefined;
    listener = makeListener(answer, tls, { ...listenerLimits, connections: 3 }, () => (count += 1));
    listener.server.listen(0, "127.0.0.1");
    await once(listener.server, "listening");
    return { port: (listener.server.address() as AddressInfo).port, crowdedOut: () => count };
  }

  async function silent(port: number): Promise<Socket> {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    await once(socket, "connect");
    return socket.resume();
  }

  test("who says nothing makes room, and who has shown who he is stays", async () => {
    const { port, crowdedOut } = await small(false);
    const known = await silent(port);
    known.write(request);
    await once(known, "data");
    const strangers: Socket[] = [];
    for (let i = 0; i < 10; i += 1) strangers.push(await silent(port));
    await Promise.all(strangers.slice(0, 8).map(async (socket) => socket.closed || once(socket, "close")));
    known.write(request);
    await once(known, "data");
    expect([known.closed, strangers[8]!.closed, crowdedOut()]).toEqual([false, false, 8]);
    for (const socket of [known, ...strangers]) socket.destroy();
  });

  test("over HTTP/2 as well", async () => {
    const { port, crowdedOut } = await small(true);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: own.cert }).on("error", () => {});
    const ask = async (): Promise<void> => {
      const stream = session.request({ ":path": "/" }).on("error", () => {});
      await once(stream.resume(), "end");
    };
    await ask();
    const strangers: Socket[] = [];
    for (let i = 0; i < 10; i += 1) strangers.push(await silent(port));
    await Promise.all(strangers.slice(0, 8).map(async (socket) => socket.closed || once(socket, "close")));
    await ask();
    expect([session.closed, crowdedOut()]).toEqual([false, 8]);
    session.destroy();
    for (const socket of strangers) socket.destroy();
  });
});

test.each([
  ["HTTP/1.1", false],
  ["HTTP/1.1 and TLS", true],
])("requests in a long row are not begun: over %s", async (_, isSecure) => {
  let begun = 0;
  const answer: RequestListener = () => (begun += 1);
  listener = makeListener(answer, isSecure ? { ...own, clientCa: undefined } : undefined);
  listener.server.listen(0, "127.0.0.1");
  await once(listener.server, "listening");
  const { port } = listener.server.address() as AddressInfo;
  const to = { port, host: "127.0.0.1" };
  const socket = isSecure ? connectTls({ ...to, ca: own.cert }) : connect(to);
  socket.on("error", () => {}).resume();
  socket.write(request.repeat(1000));
  await once(socket, "close");
  expect(begun).toBe(8);
});
