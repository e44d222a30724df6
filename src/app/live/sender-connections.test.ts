import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { parseCidr } from "../../core/net/ip-set.ts";
import { SenderConnections } from "./sender-connections.ts";
import { SenderGate } from "./sender-gate.ts";

class Line extends EventEmitter {
  readonly remoteAddress: string;
  isOpen = true;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.isOpen = false;
    this.emit("close");
  }
}

function stage(most: number) {
  const blocks = ["192.0.2.0/24", "2001:db8::/32"].map((text) => parseCidr(text));
  const gate = new SenderGate(blocks.flatMap((block) => (block.ok ? [block.value] : [])));
  const told: string[] = [];
  const malformed = (reason: string, sample: Uint8Array): void =>
    void told.push(`${reason}: ${Buffer.from(sample).toString()}`);
  const connections = new SenderConnections(most, "an exporter", gate, { malformed });
  const enter = (address: string): { readonly line: Line; readonly stays: boolean } => {
    const line = new Line(address);
    const stays = connections.admit(line as unknown as Socket);
    expect(line.isOpen).toBe(stays);
    return { line, stays };
  };
  return { connections, told, enter };
}

test("who may not send is ended without a word, which the gate counts", () => {
  const { connections, told, enter } = stage(4);
  expect(enter("198.51.100.1").stays).toBe(false);
  expect([connections.count, told]).toEqual([0, []]);
});

test("one sender has half of the connections, and has them again when its own have ended", () => {
  const { told, enter } = stage(4);
  const first = enter("192.0.2.1");
  enter("::ffff:192.0.2.1");
  expect(enter("192.0.2.1").stays).toBe(false);
  expect(told).toEqual(["a connection of an exporter that has half of `maxConnections`: 192.0.2.1"]);
  expect(enter("2001:db8::1").stays).toBe(true);
  first.line.destroy();
  expect(enter("192.0.2.1").stays).toBe(true);
});

test("there are at most so many, an end makes room, and a reset is no trouble", () => {
  const { connections, told, enter } = stage(2);
  const first = enter("192.0.2.1");
  enter("192.0.2.2");
  expect(enter("192.0.2.3").stays).toBe(false);
  expect([connections.count, told]).toEqual([2, ["a connection beyond `maxConnections`: 192.0.2.3"]]);
  first.line.emit("error", new Error("ECONNRESET"));
  first.line.destroy();
  expect(enter("192.0.2.3").stays).toBe(true);
});

test("all of them are ended at once", () => {
  const { connections, enter } = stage(4);
  const lines = [enter("192.0.2.1"), enter("192.0.2.2")];
  connections.close();
  expect([connections.count, ...lines.map(({ line }) => line.isOpen)]).toEqual([0, false, false]);
});
