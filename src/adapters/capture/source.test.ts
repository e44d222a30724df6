import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import type { SourceHands } from "../../app/live/live-source.ts";
import { wordsOf } from "../../pipeline/sources/packets/capture-words.test-support.ts";
import { hello, pcap, tcp, tlsRecords } from "../../pipeline/sources/packets/made-packets.test-support.ts";
import { captureSource } from "./source.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-capture-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const server = { address: "198.51.100.7", port: 443 };
const begin = (port: number): Uint8Array[] => [
  tcp({ address: "10.128.0.7", port }, server, "", { sequence: 1, flags: "S" }),
  tcp(server, { address: "10.128.0.7", port }, "", { sequence: 1, flags: "SA" }),
];
const said = (port: number): Uint8Array =>
  tcp({ address: "10.128.0.7", port }, server, tlsRecords(hello("a.example")), { sequence: 2 });
const over = (port: number): Uint8Array => tcp(server, { address: "10.128.0.7", port }, "", { flags: "R" });
const capture = (...packets: readonly Uint8Array[]): Uint8Array => pcap(packets, { link: 101 });
const packetsOnly = (...packets: readonly Uint8Array[]): Uint8Array => capture(...packets).subarray(24);

class Hands implements SourceHands {
  readonly told: string[] = [];
  readonly positions: string[] = [];
  readonly states: string[] = [];
  readonly resumeFrom: string | undefined;

  constructor(resumeFrom?: string) {
    this.resumeFrom = resumeFrom;
  }

  readonly take: SourceHands["take"] = (o) => void this.told.push(wordsOf(o));
  readonly takeCoarse = (): void => undefined;
  reached(position: string): void {
    this.positions.push(position);
  }
  malformed(reason: string): void {
    this.told.push(reason);
  }
  lost(records: number): void {
    this.told.push(`${records} lost`);
  }
  outage(): void {
    this.told.push("outage");
  }
  received(): void {
    // Nothing here asks for it.
  }
  state(state: string, message = ""): void {
    this.states.push(message === "" ? state : `${state}: ${message.replaceAll(folder, "")}`);
  }
  room(): Promise<void> {
    return Promise.resolve();
  }
}

/** A clock on which it is always time to tell. */
function hurriedClock(): () => number {
  let now = 0;
  return () => (now += 10_000);
}

async function run(
  path: string,
  hands: Hands,
  {
    follow = false,
    signal = new AbortController().signal,
    stdin = [] as readonly Uint8Array[],
    nowMs = hurriedClock(),
  } = {},
): Promise<void> {
  const chunks = Readable.from(stdin);
  await captureSource.open("packets", { path, follow }, { stdin: chunks, nowMs }).run(hands, signal);
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5);
}

const name = (port: number): string => `10.128.0.7:${port} → 198.51.100.7 tcp/443 is a.example by tls-sni`;
const flow = (port: number, flows: number, bytes: number): string =>
  `10.128.0.7:${port} → 198.51.100.7 tcp/443 ×${flows} ${bytes} B`;

describe("a live capture", () => {
  test("comes through a pipe in pieces", async () => {
    const hands = new Hands();
    const bytes = capture(...begin(1), said(1), over(1));
    await run("-", hands, { stdin: Array.from(bytes, (byte) => Uint8Array.of(byte)), nowMs: () => 0 });
    expect([hands.told, hands.positions, hands.states]).toEqual([[name(1), flow(1, 1, 230)], [], ["running"]]);
  });

  test("is told of while its connections are open", async () => {
    const hands = new Hands();
    await run("-", hands, { stdin: [capture(...begin(1)), packetsOnly(said(1), over(1))] });
    expect(hands.told).toEqual([flow(1, 1, 80), name(1), flow(1, 0, 150)]);
  });

  test("that is none ends with a sentence", async () => {
    const hands = new Hands();
    await expect(run("-", hands, { stdin: [Buffer.from("no capture")] })).rejects.toThrow(
      "standard input is no packet capture (pcap or pcapng, not compressed)",
    );
    const path = join(folder, "damaged.pcap");
    writeFileSync(path, Buffer.concat([capture(said(1)), Buffer.alloc(16, 0xff)]));
    await expect(run(path, hands)).rejects.toThrow(
      /damaged\.pcap` is damaged at byte 150, what comes after it cannot be read/,
    );
    await expect(run(join(folder, "gone.pcap"), hands)).rejects.toThrow(
      /gone\.pcap` cannot be opened \(ENOENT\), check the path/,
    );
    await expect(run(folder, hands)).rejects.toThrow(`\`${folder}\` is a folder; name a capture in it`);
  });

  test("is read as a file, and only once", async () => {
    const path = join(folder, "whole.pcap");
    writeFileSync(path, capture(...begin(1), said(1), over(1)));
    const hands = new Hands();
    await run(path, hands);
    expect(hands.told).toEqual([name(1), flow(1, 1, 230)]);
    expect(hands.positions.at(-1)).toMatch(/ 318 ended$/);
    const again = new Hands(hands.positions.at(-1));
    await run(path, again);
    expect(again.told).toEqual([]);
  });

  test("goes on where it was, without losing or counting twice what was under way", async () => {
    const path = join(folder, "growing.pcap");
    writeFileSync(path, capture(...begin(1)));
    const first = new Hands();
    const stop = new AbortController();
    const running = run(path, first, { follow: true, signal: stop.signal });
    await until(() => first.positions.length > 0);
    stop.abort();
    await running;
    expect(first.told).toEqual([flow(1, 1, 80)]);

    appendFileSync(path, packetsOnly(said(1), over(1), ...begin(2)));
    const second = new Hands(first.positions.at(-1));
    const stopSecond = new AbortController();
    const again = run(path, second, { follow: true, signal: stopSecond.signal });
    await until(() => second.told.length >= 3);
    stopSecond.abort();
    await again;
    expect(second.told).toEqual([name(1), flow(1, 0, 150), flow(2, 1, 80)]);
  });

  test("that was written anew while nobody read it is another one", async () => {
    const path = join(folder, "restarted.pcap");
    writeFileSync(path, capture(...begin(1), said(1), over(1)));
    const hands = new Hands();
    await run(path, hands);
    writeFileSync(path, capture(...begin(2), said(2), over(2), ...begin(3)));
    const again = new Hands(hands.positions.at(-1));
    await run(path, again);
    expect(again.told).toEqual([name(2), flow(2, 1, 230), flow(3, 1, 80)]);
  });

  test("that is written anew in the same file is read from its beginning, however long it is by then", async () => {
    const path = join(folder, "ring.pcap");
    const hands = new Hands();
    const stop = new AbortController();
    writeFileSync(path, capture(said(1), over(1)));
    const running = run(path, hands, { follow: true, signal: stop.signal });
    await until(() => hands.told.length >= 2);
    writeFileSync(path, capture(said(2), over(2), said(3), over(3)));
    await until(() => hands.told.length >= 6);
    stop.abort();
    await running;
    expect(hands.told).toEqual([name(1), flow(1, 1, 150), name(2), name(3), flow(2, 1, 150), flow(3, 1, 150)]);
  });

  test("follows the path to the next file", async () => {
    const path = join(folder, "rotated.pcap");
    const hands = new Hands();
    const stop = new AbortController();
    const running = run(path, hands, { follow: true, signal: stop.signal });
    await until(() => hands.states.length > 0);
    writeFileSync(path, capture(said(1), over(1)));
    await until(() => hands.told.length >= 2);
    renameSync(path, `${path}.1`);
    writeFileSync(path, capture(said(2), over(2)));
    await until(() => hands.told.length >= 4);
    stop.abort();
    await running;
    expect(hands.told).toEqual([name(1), flow(1, 1, 150), name(2), flow(2, 1, 150)]);
    expect(new Set(hands.states)).toEqual(
      new Set(["retrying: `/rotated.pcap` cannot be opened (ENOENT), waiting for it", "running"]),
    );
  });
});
