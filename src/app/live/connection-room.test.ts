import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { ConnectionRoom } from "./connection-room.ts";

class Line extends EventEmitter {
  isOpen = true;

  destroy(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.emit("close");
  }
}

/** As those of a system are: the end is told some time after it was asked for. */
class SlowLine extends Line {
  override destroy(): void {
    this.isOpen = false;
  }
}

function entered(room: ConnectionRoom, ...names: readonly string[]): Line[] {
  return names.map((name) => {
    const line = new Line();
    room.enter(name, line);
    return line;
  });
}

const open = (lines: readonly Line[]): boolean[] => lines.map(({ isOpen }) => isOpen);

test("the stranger who has been there for longest makes room", () => {
  let crowdedOut = 0;
  const room = new ConnectionRoom(3, () => (crowdedOut += 1));
  const lines = entered(room, "a", "b", "c", "d", "e");
  expect([open(lines), crowdedOut]).toEqual([[false, false, true, true, true], 2]);
  lines[2]!.destroy();
  expect([open(entered(room, "f")), open(lines), crowdedOut]).toEqual([[true], [false, false, false, true, true], 2]);
});

test("who has shown who he is stays, however many strangers come", () => {
  let crowdedOut = 0;
  const room = new ConnectionRoom(4, () => (crowdedOut += 1));
  const [known] = entered(room, "known");
  room.vouch("known", "token 1");
  entered(room, ...Array.from({ length: 50 }, (_, i) => `stranger-${i}`));
  expect([known!.isOpen, crowdedOut]).toEqual([true, 47]);
});

test("one client keeps half of the room, and no more", () => {
  const room = new ConnectionRoom(4);
  const loud = entered(room, "a", "b", "c", "d");
  for (const name of ["a", "b", "c", "d"]) room.vouch(name, "loud");
  const quiet = entered(room, "e", "f");
  for (const name of ["e", "f"]) room.vouch(name, "quiet");
  expect([open(loud), open(quiet)]).toEqual([
    [true, true, false, false],
    [true, true],
  ]);
  // All places are taken by those who are known.
  expect(open(entered(room, "g"))).toEqual([false]);
  loud[0]!.destroy();
  const [last] = entered(room, "h");
  // The place that was left is another one's of the same client.
  room.vouch("h", "loud");
  expect([open(entered(room, "i")), last!.isOpen]).toEqual([[false], true]);
});

test("a name that comes again is another connection", () => {
  const room = new ConnectionRoom(2);
  const first = new SlowLine();
  room.enter("a", first);
  entered(room, "b", "c");
  const [again] = entered(room, "a");
  expect(first.isOpen).toBe(false);
  first.emit("close");
  room.vouch("a", "client");
  entered(room, "d", "e");
  expect(again!.isOpen).toBe(true);
  room.clear();
  expect(again!.isOpen).toBe(false);
});
