import { once } from "node:events";
import { connect } from "node:net";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeBatch } from "../../src/app/live/encode-batch.ts";
import { batchForTest } from "../history/batch-for-test.ts";
import { bearer, CollectorForTest, get, send } from "./collector-for-test.ts";

let own: CollectorForTest;
let token = "";
beforeEach(async () => {
  own = await CollectorForTest.open({
    bodies: { wireBytes: 64 << 10, textBytes: 1 << 20, timeMs: 300, totalWireBytes: 80 << 10 },
  });
  token = await own.token();
});
afterEach(() => own.close());

const good = encodeBatch(batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 0, 10]]));
const zeros = (mebibytes: number): Buffer => Buffer.alloc(mebibytes << 20, " ");

describe("what will never be taken", () => {
  test.each<readonly [string, string | Uint8Array, Record<string, string>, number, string]>([
    ["no JSON", "{", {}, 400, "batch_unreadable"],
    ["nothing", "", {}, 400, "batch_unreadable"],
    ["JSON of another form", "[]", {}, 400, "batch_unreadable"],
    ["another version", good.replace('"version":1', '"version":2'), {}, 400, "batch_unreadable"],
    ["bytes that are no text", new Uint8Array([0xff, 0xfe, 0x00]), {}, 400, "body_broken"],
    ["gzip that is none", good, { "content-encoding": "gzip" }, 400, "body_broken"],
    ["half of a gzip", gzipSync(good).subarray(0, 60), { "content-encoding": "gzip" }, 400, "body_broken"],
    ["zstd that is none", good, { "content-encoding": "zstd" }, 400, "body_broken"],
    ["an encoding nobody knows", good, { "content-encoding": "br" }, 415, "body_encoding"],
    ["two encodings", good, { "content-encoding": "gzip, gzip" }, 415, "body_encoding"],
    ["a form", good, { "content-type": "application/x-www-form-urlencoded" }, 415, "body_type"],
    ["too many bytes", zeros(1), {}, 413, "body_too_large"],
    ["a gzip bomb", gzipSync(zeros(40)), { "content-encoding": "gzip" }, 413, "body_too_large"],
    ["a zstd bomb", zstdCompressSync(zeros(40)), { "content-encoding": "zstd" }, 413, "body_too_large"],
    [
      "a zstd frame that asks for a window of 128 MiB",
      zstdCompressSync(zeros(1).subarray(0, 1000), {
        params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 },
        pledgedSrcSize: undefined,
      }),
      { "content-encoding": "zstd" },
      400,
      "batch_unreadable",
    ],
  ])("%s", async (_, body, headers, status, code) => {
    const sent = typeof body === "string" ? body : new Uint8Array(body);
    const answer = await send(own.url, sent, { ...bearer(token), ...headers });
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    // The next request finds all in order.
    expect(await send(own.url, good, bearer(token))).toMatchObject({ status: 200 });
  });

  test("any bytes at all: an answer, and no crash", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom("identity", "gzip", "zstd"),
        async (bytes, encoding) => {
          const answer = await send(own.url, new Uint8Array(bytes), { ...bearer(token), "content-encoding": encoding });
          expect([400, 413]).toContain(answer.status);
        },
      ),
      { numRuns: 150 },
    );
    expect(await get(own.url, "/healthz")).toMatchObject({ status: 200 });
  });
});

/** Writes pieces to a raw connection and gives what comes back until it is closed. */
async function raw(pieces: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(own.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  let answer = "";
  socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
  socket.on("error", () => {});
  for (const piece of pieces) socket.write(piece);
  await once(socket, "close");
  return answer;
}

const head = (more: string): string =>
  `POST /v1/batches HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${more}\r\n`;

describe("on the wire", () => {
  test("a client that never finishes its body is told so", async () => {
    expect(await raw([head("Content-Length: 5000\r\n"), "{"])).toMatch(/^HTTP\/1\.1 408 .*body_slow/s);
  });

  test("a body that is announced too large is not waited for", async () => {
    expect(await raw([head("Content-Length: 99999999\r\n")])).toMatch(/^HTTP\/1\.1 413 .*body_too_large/s);
  });

  test("a body without an end is cut off", async () => {
    const chunk = `1000\r\n${" ".repeat(0x1000)}\r\n`;
    const answer = await raw([head("Transfer-Encoding: chunked\r\n"), ...Array.from({ length: 40 }, () => chunk)]);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("headers without an end are refused", async () => {
    expect(await raw([`GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(40_000)}\r\n`])).toMatch(/^HTTP\/1\.1 431 /);
  });

  test("what is no HTTP is refused", async () => {
    expect(await raw(["\u0016\u0003\u0001 hello\r\n\r\n"])).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("one client's bodies leave room for those of others", async () => {
    const { hostname, port } = new URL(own.url);
    const held = connect(Number(port), hostname);
    held.on("error", () => {});
    held.write(`${head("Content-Length: 60000\r\n")}${" ".repeat(59_000)}`);
    const other = await own.token();
    // The same client is turned away as soon as the first is being read, with what another may still send.
    for (;;) {
      const answer = await send(own.url, `${good}${" ".repeat(8_000)}`, bearer(token));
      if (answer.status === 200) continue;
      expect(answer).toMatchObject({ status: 503, body: { code: "collector_busy" } });
      break;
    }
    expect(await send(own.url, `${good}${" ".repeat(8_000)}`, bearer(other))).toMatchObject({ status: 200 });
    held.destroy();
  });

  test("bodies together have a limit", async () => {
    const { hostname, port } = new URL(own.url);
    const held = connect(Number(port), hostname);
    held.on("error", () => {});
    held.write(`${head("Content-Length: 60000\r\n")}${" ".repeat(59_000)}`);
    // The first is still being read when the second comes.
    for (;;) {
      const answer = await send(own.url, `${good}${" ".repeat(40_000)}`, bearer(token));
      if (answer.status === 200) continue;
      expect(answer).toMatchObject({ status: 503, body: { code: "collector_busy" } });
      break;
    }
    held.destroy();
  });
});

test("one client has half of the waiting room, and others have the rest", async () => {
  const small = await CollectorForTest.open({ limits: { waitingBatches: 4 } });
  const [loud, quiet] = [await small.token(), await small.token()];
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  small.beforeAppend = () => {
    started.resolve();
    return gate.promise;
  };
  const of = (observer: string): string => encodeBatch(batchForTest([], { observer }));
  const answers = [send(small.url, of("a"), bearer(loud))];
  await started.promise;
  const waiting = [0, 1, 2].map((n) => send(small.url, of(`loud-${n}`), bearer(loud)));
  // Of three one is turned away at once, whichever came last.
  expect(await Promise.race(waiting)).toMatchObject({ status: 503, body: { code: "collector_busy" } });
  answers.push(...waiting, send(small.url, of("quiet"), bearer(quiet)));
  expect((await get(small.url, "/readyz")).status).toBe(200);
  gate.resolve();
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect([statuses[0], statuses.slice(1, 4).toSorted((a, b) => a - b), statuses[4]]).toEqual([
    200,
    [200, 200, 503],
    200,
  ]);
  await small.close();
});

test("a full waiting room asks to come again", async () => {
  const small = await CollectorForTest.open({ limits: { waitingBatches: 1 } });
  const own = await small.token();
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  small.beforeAppend = () => {
    started.resolve();
    return gate.promise;
  };
  const of = (observer: string): string => encodeBatch(batchForTest([], { observer }));
  const first = send(small.url, of("a"), bearer(own));
  await started.promise;
  const second = send(small.url, of("b"), bearer(own));
  for (;;) {
    const { status } = await get(small.url, "/readyz");
    if (status === 503) break;
    small.nowMs += 2000;
  }
  const third = await send(small.url, of("c"), bearer(own));
  expect(third).toMatchObject({ status: 503, body: { code: "collector_busy" } });
  expect(Number(third.headers.get("retry-after"))).toBeGreaterThan(0);
  gate.resolve();
  expect([(await first).status, (await second).status]).toEqual([200, 200]);
  await small.close();
});
