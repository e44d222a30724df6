import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect } from "node:net";
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
