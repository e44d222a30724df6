import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { issueCertificate } from "../../certificate.ts";
import type { RecordedHands } from "../recorded-hands.ts";
import { LokiStage, range } from "./loki-stage.ts";

const tailing = { follow: "tail" };

/** Pushes, waits until all that was ever pushed is taken, and says how often lines were asked for meanwhile. */
async function asksWhile(stage: LokiStage, hands: RecordedHands, push: () => void): Promise<number> {
  const before = stage.loki.askedFor("query_range");
  push();
  await hands.until(() => hands.ports.length >= stage.ports);
  return stage.loki.askedFor("query_range") - before;
}

/** Pushes until all is taken without asking: a slow machine may ask now and then. */
async function tailsAlone(stage: LokiStage, hands: RecordedHands, push: () => void): Promise<boolean> {
  await hands.until(() => stage.loki.tails.size > 0);
  for (let tries = 0; tries < 10; tries += 1) if ((await asksWhile(stage, hands, push)) === 0) return true;
  return false;
}

describe.concurrent("Loki's tail", () => {
  test("what was there is asked for, and what comes is tailed", async () => {
    await using stage = await LokiStage.open();
    stage.push(50, 3000);
    const { hands } = stage.observe({ ...tailing, tenant: "netobserv" });
    await hands.until(() => hands.ports.length === 50);
    expect(await tailsAlone(stage, hands, () => stage.push(100))).toBe(true);
    // Late by more than is ever asked for: only a tail brings these.
    await asksWhile(stage, hands, () => stage.push(3, 60_000));
    await hands.quiet();
    expect(hands.sortedPorts()).toEqual(range(1, stage.ports + 1));
    const { url, headers } = stage.loki.asked.find(({ url: one }) => one.pathname.endsWith("/tail"))!;
    expect(headers["x-scope-orgid"]).toBe("netobserv");
    expect(url.searchParams.get("query")).toMatch(/^\{app="netobserv-flowcollector",.*\}$/);
    expect([url.searchParams.get("limit"), hands.outages]).toEqual(["1", 0]);
  });

  test("lines that a tail loses without a word, or with one, are asked for", async () => {
    await using stage = await LokiStage.open();
    const { hands } = stage.observe(tailing);
    await hands.until(() => stage.loki.tails.size > 0);
    stage.loki.isLosing = true;
    expect(await asksWhile(stage, hands, () => stage.push(20))).toBeGreaterThan(0);
    stage.loki.sayDropped(Date.now());
    expect(await asksWhile(stage, hands, () => stage.push(20, 500))).toBeGreaterThan(0);
    stage.loki.isLosing = false;
    expect(await tailsAlone(stage, hands, () => stage.push(20))).toBe(true);
    await hands.quiet();
    expect(hands.sortedPorts()).toEqual(range(1, stage.ports + 1));
  });

  test("a tail that ends, breaks or brings nonsense is opened again, and no line is missed or counted twice", async () => {
    await using stage = await LokiStage.open();
    const { hands } = stage.observe(tailing);
    await hands.until(() => stage.loki.tails.size > 0);
    for (const end of [
      () => stage.loki.endTails(),
      () => {
        for (const tail of stage.loki.tails) tail.terminate();
      },
      () => stage.loki.send('{"streams":[{"stream":{},"values":[["soon","{}"]]}]}'),
    ]) {
      stage.push(10);
      end();
      stage.push(10);
      const opened = stage.loki.askedFor("tail");
      await hands.until(() => stage.loki.askedFor("tail") > opened && hands.ports.length >= stage.ports);
    }
    await hands.quiet();
    expect(hands.sortedPorts()).toEqual(range(1, 61));
    expect(hands.malformedReasons).toEqual([]);
  });

  test("a tail that gives no sign of life is given up", async () => {
    await using stage = await LokiStage.open();
    const { hands } = stage.observe({ ...tailing, timeoutSeconds: 1 });
    await hands.until(() => stage.loki.tails.size > 0);
    // Nothing comes from these any more, and nobody says so.
    for (const tail of stage.loki.tails) {
      tail.ping = () => undefined;
      tail.send = () => undefined;
    }
    stage.push(5);
    await hands.until(() => hands.ports.length === 5);
    await hands.until(() => hands.states.some((state) => state.includes("no sign of life for 1 s")));
    expect(hands.ports).toHaveLength(5);
  });

  test("who stops while it tails and goes on misses nothing and takes nothing again", async () => {
    await using stage = await LokiStage.open();
    const first = stage.observe(tailing);
    await first.hands.until(() => stage.loki.tails.size > 0);
    stage.push(100);
    await first.hands.until(() => first.hands.ports.length === 100);
    stage.push(30);
    stage.push(10, 2500);
    await first.stop();
    const { position } = first.hands;
    const kept = first.hands.ports.slice(0, first.hands.takenAt.get(position!));
    stage.push(10, 2500);
    const second = stage.observe(tailing, position);
    await second.hands.until(() => kept.length + second.hands.ports.length >= stage.ports);
    await second.hands.quiet();
    expect([...kept, ...second.hands.ports].toSorted((a, b) => a - b)).toEqual(range(1, 151));
  });

  test("who stops while a tail is being opened does not wait for its server", async () => {
    await using stage = await LokiStage.open();
    stage.loki.isMute = true;
    const { hands, stop } = stage.observe(tailing);
    await hands.until(() => stage.loki.askedFor("tail") > 0);
    await stop();
    expect(hands.states.join()).not.toContain("handshake");
  });

  test.each([
    [403, /does not let itself be tailed and is polled meanwhile: HTTP 403$/],
    [404, /does not let itself be tailed and is polled meanwhile: HTTP 404$/],
  ])("a gateway that refuses with %i is polled, and not asked again soon", async (status, told) => {
    await using stage = await LokiStage.open();
    stage.loki.tailRefusals.push(status);
    const { hands } = stage.observe(tailing);
    stage.push(20);
    await hands.until(() => hands.ports.length === 20 && stage.loki.askedFor("query_range") > 3);
    expect(stage.loki.askedFor("tail")).toBe(1);
    expect(stage.loki.askedFor("query")).toBe(0);
    expect(hands.states.at(-1)).toMatch(told);
  });

  test("more than may be held is polled", async () => {
    await using stage = await LokiStage.open();
    const { hands } = stage.observe({ ...tailing, maxAnswerMiB: 1, delaySeconds: 3 });
    await hands.until(() => stage.loki.tails.size > 0);
    const filler = "x".repeat(20_000);
    for (const port of range(1, 101)) stage.loki.push({ SrcPort: port, Filler: filler, TimeFlowEndMs: Date.now() });
    await hands.until(() => hands.ports.length === 100);
    expect(hands.sortedPorts()).toEqual(range(1, 101));
    expect(hands.states.join()).toContain("more than 1 MiB came within `delaySeconds`");
  });

  test("over TLS the server is known by its authority, and learns the token and the certificate of the moment", async () => {
    await using stage = await LokiStage.open();
    const folder = mkdtempSync(join(tmpdir(), "postern-loki-tail-"));
    const authority = issueCertificate({ commonName: "authority", isAuthority: true });
    const gateway = issueCertificate({ commonName: "gateway", hosts: ["127.0.0.1"] }, authority);
    const client = issueCertificate({ commonName: "postern" }, authority);
    const file = (name: string, content: string): string => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    };
    // In front of Loki, byte by byte, as a router.
    const names = new Set<string>();
    const front = createServer({ ...gateway, ca: authority.cert, requestCert: true });
    front.removeAllListeners("secureConnection");
    front.on("secureConnection", (socket) => {
      names.add(String(socket.getPeerCertificate().subject.CN));
      const behind = connect(Number(new URL(stage.loki.url).port), "127.0.0.1");
      socket.pipe(behind).pipe(socket);
      for (const one of [socket, behind]) one.on("error", () => undefined);
    });
    front.listen(0, "127.0.0.1");
    await once(front, "listening");
    const url = `https://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const tls = {
      caFile: file("ca.pem", authority.cert),
      certFile: file("client.pem", client.cert),
      keyFile: file("client.key", client.key),
    };
    const { hands, stop } = stage.observe({ ...tailing, url, tls, tokenFile: file("token", "sesame\n") });
    expect(await tailsAlone(stage, hands, () => stage.push(10))).toBe(true);
    const tail = stage.loki.asked.find(({ url: one }) => one.pathname.endsWith("/tail"))!;
    expect([tail.headers.authorization, ...names]).toEqual(["Bearer sesame", "postern"]);
    await stop();
    front.close();
    rmSync(folder, { recursive: true });
  });
});
