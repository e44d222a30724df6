import { describe, expect, test } from "vitest";
import { readHttpRequest } from "./http-request.ts";

function read(text: string): string {
  const reading = readHttpRequest(Buffer.from(text, "latin1"));
  if (typeof reading === "string") return reading;
  return "name" in reading ? reading.name : `proxied ${reading.proxied}`;
}

describe("an HTTP request", () => {
  test.each([
    ["GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example"],
    ["POST /x?y HTTP/1.1\r\nUser-Agent: me\r\nhost:a.example:8080\r\n\r\n", "a.example"],
    ["GET / HTTP/1.1\nHost: a.example\n\n", "a.example"],
    ["CONNECT a.example:443 HTTP/1.1\r\n", "proxied a.example"],
    ["GET http://u:p@a.example:80/x HTTP/1.1\r\nHost: a.example\r\n\r\n", "proxied a.example"],
    ["GET / HTTP/1.1\r\nUser-Agent: me\r\n\r\nHost: a.example\r\n", "none"],
    ["GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", "none"],
    ["GET / HTTP/1.1\r\nHost: a example\r\n\r\n", "none"],
    ["GET / HTTP/1.1\r\nHost: \r\n\r\n", "none"],
    ["GET / HTTP/2.0\r\nHost: a.example\r\n\r\n", "none"],
    ["GET / HTTP/1.1\r\nUser-Agent: me\r\nHo", "more"],
    ["GET /", "more"],
    ["CONN", "more"],
    ["SSH-2.0-OpenSSH\r\n", "none"],
    ["HTTP/1.1 200 OK\r\n", "none"],
    [`GET /${"x".repeat(20_000)}`, "none"],
    [`GET / HTTP/1.1\r\n${"X: y\r\n".repeat(4000)}`, "none"],
  ])("%j", (text, reading) => {
    expect(read(text)).toBe(reading);
  });
});
