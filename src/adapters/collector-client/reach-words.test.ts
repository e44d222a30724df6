import { createServer } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { reachWords } from "./reach-words.ts";

const failure = (code: string, message = code): Error => Object.assign(new Error(message), { code });
const words = (error: unknown, url = "https://collector"): string => reachWords(error, new URL(url), "`--ca-file`");

test.each([
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "the authority of its certificate is not trusted; name it with `--ca-file`"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "the authority of its certificate is not trusted; name it with `--ca-file`"],
  ["CERT_HAS_EXPIRED", "its certificate has expired"],
  ["CERT_NOT_YET_VALID", "its certificate is not valid yet, by the clock of this machine"],
  ["ECONNRESET", "ECONNRESET"],
])("%s means: %s", (code, expected) => {
  expect(words(failure(code))).toBe(expected);
});

test("a certificate of another host is told with what it is for", () => {
  const message =
    "Hostname/IP does not match certificate's altnames: Host: a.example. is not in the cert's altnames: DNS:b.example";
  expect(words(failure("ERR_TLS_CERT_ALTNAME_INVALID", message))).toBe(
    "its certificate is that of another host: DNS:b.example",
  );
});

test("one of several failures stands for all", () => {
  const one = failure("ECONNREFUSED", "connect ECONNREFUSED ::1:1");
  expect(words(new AggregateError([one, failure("x")]))).toBe("connect ECONNREFUSED ::1:1");
});

test("a collector that hangs up on plain HTTP may want TLS", () => {
  expect(words(failure("ECONNRESET", "socket hang up"), "http://collector")).toContain("`https://`");
});

test("a failure without words has a reason all the same", () => {
  expect([words(failure("EPIPE", "")), words(failure("", "")), words("odd")]).toEqual([
    "EPIPE",
    "nobody answers",
    "odd",
  ]);
});

test("TLS that meets plain HTTP says so", async () => {
  const server = createServer((_, response) => response.end());
  const { promise: listening, resolve: listens } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listens);
  await listening;
  const { promise: failed, resolve: fails } = Promise.withResolvers<Error>();
  request({ host: "127.0.0.1", port: (server.address() as AddressInfo).port })
    .on("error", fails)
    .end();
  expect(words(await failed)).toBe("it answers without TLS; write `http://`, or give the collector a certificate");
  server.closeAllConnections();
  server.close();
});
