import { expect, test } from "vitest";
import { isLoopback, parseListen } from "./listen.ts";

test.each([
  ["127.0.0.1:8723", "127.0.0.1", 8723, true],
  ["127.1.2.3:0", "127.1.2.3", 0, true],
  ["[::1]:8723", "::1", 8723, true],
  ["localhost:65535", "localhost", 65_535, true],
  [":8723", "::", 8723, false],
  ["0.0.0.0:1", "0.0.0.0", 1, false],
  ["[2001:db8::1]:443", "2001:db8::1", 443, false],
  ["127.0.0.1.example.com:80", "127.0.0.1.example.com", 80, false],
])("%s is host %s, port %d, this machine alone: %s", (text, host, port, isLocal) => {
  const listen = parseListen(text);
  expect(listen).toEqual({ ok: true, value: { host, port } });
  expect(listen.ok && isLoopback(listen.value)).toBe(isLocal);
});

test.each(["", "8723", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "::1:8723", "[127.0.0.1]:1", "a:b:1", "[::1]"])(
  "%j is no address to listen on",
  (text) => expect(parseListen(text)).toMatchObject({ ok: false }),
);
