import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RecordedHands } from "../../../test/services/recorded-hands.ts";
import { verdict } from "../../pipeline/sources/observation.ts";
import { aclLogOptions } from "./options.ts";
import { aclLogSource } from "./source.ts";

let folder: string;
const running: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-acl-log-"));
});
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
  rmSync(folder, { recursive: true });
});

const path = (name = "acl-audit-log.log"): string => join(folder, name);
const write = (text: string, name?: string): void => appendFileSync(path(name), text);
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** A line of its own packet, told by its source port. */
function line(port: number, said = "allow", acl = "NP:shop:web:Egress:0"): string {
  const time = new Date(1_700_000_000_000 + port * 1000).toISOString();
  const flow = `tcp,vlan_tci=0x0000,nw_src=10.128.2.7,nw_dst=198.51.100.4,tp_src=${port},tp_dst=443,tcp_flags=syn`;
  return `${time}|00004|acl_log(ovn_pinctrl0)|INFO|name="${acl}", verdict=${said}, severity=info, direction=from-lport: ${flow}\n`;
}
const lines = (from: number, to: number): string =>
  range(from, to)
    .map((port) => line(port))
    .join("");

function follow(resumeFrom?: string, more: object = {}) {
  const options = aclLogOptions.parse({ files: [path("acl-audit-log*.log")], pollMilliseconds: 50, ...more });
  const source = aclLogSource.open("acl", options, { nowMs: Date.now, stdin: (async function* () {})() });
  const hands = new RecordedHands(resumeFrom);
  const abort = new AbortController();
  const ended = source.run(hands, abort.signal);
  const stop = async (): Promise<void> => {
    abort.abort();
    await ended;
  };
  running.push(stop);
  return { hands, stop };
}

describe("an audit log that is followed", () => {
  test("tells what is there and what comes, whole lines only", async () => {
    write(lines(1, 11));
    const { hands } = follow();
    await hands.until(() => hands.ports.length === 10);
    const next = line(11);
    write(next.slice(0, 40));
    await hands.looks();
    expect(hands.ports).toHaveLength(10);
    write(`${next.slice(40)}no audit line\n`);
    await hands.until(() => hands.ports.length === 11 && hands.malformedReasons.length === 1);
    expect(hands.ports).toEqual(range(1, 12));
    expect(hands.states[0]).toMatch(/^running: follows 1 file; OVN leaves out lines/);
  });

  test("joins what one packet causes, though it is written in two goes", async () => {
    const { hands } = follow();
    write(line(1, "allow"));
    write(line(1, "drop", "EF:shop:0"));
    await hands.until(() => hands.ports.length > 0);
    await hands.looks();
    expect(hands.ports).toEqual([1]);
    expect(hands.verdicts).toEqual([verdict.denied]);
  });

  test("joins what one packet causes over the border of two files", async () => {
    write(line(1, "allow"), "acl-audit-log.1.log");
    utimesSync(path("acl-audit-log.1.log"), 1000, 1000);
    write(line(1, "drop", "EF:shop:0"));
    const { hands } = follow();
    await hands.until(() => hands.ports.length > 0);
    await hands.looks();
    expect([hands.ports, hands.verdicts]).toEqual([[1], [verdict.denied]]);
  });

  test("joins what one packet causes wherever a long log is cut while catching up", async () => {
    const pairs = 8000;
    const pair = (port: number): string => line(port, "allow") + line(port, "drop", "EF:shop:0");
    write(
      range(1, pairs + 1)
        .map(pair)
        .join(""),
    );
    const { hands } = follow();
    await hands.until(() => hands.ports.length >= pairs);
    await hands.looks();
    expect(hands.ports).toEqual(range(1, pairs + 1));
    expect(new Set(hands.verdicts)).toEqual(new Set([verdict.denied]));
  });

  test("is read on when it is renamed, and what replaces it is read too", async () => {
    write(lines(1, 11));
    const { hands } = follow();
    await hands.until(() => hands.ports.length === 10);
    renameSync(path(), path("acl-audit-log.1.log"));
    write(lines(11, 16), "acl-audit-log.1.log");
    write(lines(16, 21));
    await hands.until(() => hands.ports.length === 20);
    // Also to a name that no pattern matches, where its writer goes on for a while.
    renameSync(path(), path("old"));
    write(lines(21, 26), "old");
    await hands.until(() => hands.ports.length === 25);
    write(lines(26, 31));
    await hands.until(() => hands.ports.length === 30);
    expect(hands.sortedPorts()).toEqual(range(1, 31));
    expect(hands.outages).toBe(0);
  });

  test("is read from its beginning when it is emptied, and that is an outage", async () => {
    write(lines(1, 11));
    const { hands } = follow();
    await hands.until(() => hands.ports.length === 10);
    truncateSync(path());
    write(lines(11, 13));
    await hands.until(() => hands.ports.length === 12);
    // Emptied and grown beyond our place before anybody looked.
    truncateSync(path());
    write(lines(20, 40));
    await hands.until(() => hands.ports.length === 32);
    expect(hands.outages).toBe(2);
    expect(hands.sortedPorts()).toEqual([...range(1, 13), ...range(20, 40)]);
  });

  test.each([
    ["that no pattern matches", "acl-audit-log.log.1"],
    ["that the pattern matches as well", "acl-audit-log-1.log"],
  ])("is read to its end in a copy %s, when it is copied and emptied", async (_, copy) => {
    write(lines(1, 11));
    const { hands } = follow();
    await hands.until(() => hands.ports.length === 10);
    const next = line(15);
    write(lines(11, 15) + next.slice(0, 50));
    copyFileSync(path(), path(copy));
    appendFileSync(path(copy), next.slice(50));
    truncateSync(path());
    write(lines(16, 20));
    await hands.until(() => hands.ports.length >= 19);
    await hands.looks();
    expect(hands.sortedPorts()).toEqual(range(1, 20));
    expect([hands.outages, hands.malformedReasons]).toEqual([0, []]);
  });

  test("is read once, though there is a copy of it that the pattern matches", async () => {
    write(lines(1, 11));
    copyFileSync(path(), path("acl-audit-log-copy.log"));
    write(lines(11, 13));
    const { hands } = follow();
    await hands.until(() => hands.ports.length === 12);
    copyFileSync(path(), path("acl-audit-log-again.log"));
    write(lines(13, 16));
    await hands.until(() => hands.ports.length === 15);
    await hands.looks();
    expect([hands.sortedPorts(), hands.outages, hands.malformedReasons]).toEqual([range(1, 16), 0, []]);
  });

  test("may be away for a while", async () => {
    const { hands } = follow();
    await hands.until(() => hands.states.some((state) => state.includes("no file matches")));
    write(lines(1, 3));
    await hands.until(() => hands.ports.length === 2);
    rmSync(path());
    write(lines(3, 5));
    await hands.until(() => hands.ports.length === 4);
    expect(hands.sortedPorts()).toEqual(range(1, 5));
  });

  test("is not read from its beginning where only news are wanted; new files are", async () => {
    write(lines(1, 11));
    const { hands } = follow(undefined, { begin: "end" });
    await hands.until(() => hands.position !== undefined);
    write(lines(11, 13));
    write(lines(13, 15), "acl-audit-log.next.log");
    await hands.until(() => hands.ports.length === 4);
    expect(hands.sortedPorts()).toEqual(range(11, 15));
  });
});

describe("who follows again", () => {
  test("goes on where it was, before a line that had not ended", async () => {
    write(`${lines(1, 11)}${line(11).slice(0, 50)}`);
    const first = follow();
    await first.hands.until(() => first.hands.ports.length === 10);
    await first.stop();
    write(line(11).slice(50));
    const second = follow(first.hands.position);
    await second.hands.until(() => second.hands.ports.length === 1);
    await second.hands.looks();
    expect(second.hands.ports).toEqual([11]);
    expect(second.hands.outages).toBe(0);
  });

  test("reads the rest of what was rotated meanwhile, under another name, and then the new file", async () => {
    write(lines(1, 11));
    const first = follow();
    await first.hands.until(() => first.hands.ports.length === 10);
    await first.stop();
    write(lines(11, 16));
    renameSync(path(), path("rotated.log.1"));
    write(lines(16, 21));
    const second = follow(first.hands.position);
    await second.hands.until(() => second.hands.ports.length === 10);
    await second.hands.looks();
    expect(second.hands.ports).toEqual(range(11, 21));
    expect(second.hands.outages).toBe(0);
  });

  test("reads what came and was rotated meanwhile as well, unless it is packed", async () => {
    write(lines(1, 11));
    const first = follow(undefined, { files: [path()] });
    await first.hands.until(() => first.hands.ports.length === 10);
    await first.stop();
    write(lines(11, 16));
    const old = path("acl-audit-log.log.1");
    renameSync(path(), path("acl-audit-log.log.2"));
    utimesSync(path("acl-audit-log.log.2"), 1000, 1000);
    writeFileSync(old, lines(16, 21));
    utimesSync(old, 1001, 1001);
    writeFileSync(path("another.log.1"), lines(100, 105));
    write(lines(21, 26));
    const second = follow(first.hands.position, { files: [path()] });
    await second.hands.until(() => second.hands.ports.length >= 15);
    await second.hands.looks();
    expect(second.hands.ports).toEqual(range(11, 26));
    expect(second.hands.outages).toBe(0);
    await second.stop();
    renameSync(old, `${old}.gz`);
    const third = follow(first.hands.position, { files: [path()] });
    await third.hands.until(() => third.hands.ports.length >= 10);
    expect(third.hands.outages).toBe(1);
  });

  test.each(["acl-audit-log.log.1", "acl-audit-log-1.log"])(
    "goes on in the copy %s of what was emptied meanwhile",
    async (copy) => {
      write(lines(1, 11));
      const first = follow();
      await first.hands.until(() => first.hands.ports.length === 10);
      await first.stop();
      write(lines(11, 16));
      copyFileSync(path(), path(copy));
      truncateSync(path());
      write(lines(16, 18));
      const second = follow(first.hands.position);
      await second.hands.until(() => second.hands.ports.length >= 7);
      await second.hands.looks();
      expect([second.hands.sortedPorts(), second.hands.outages]).toEqual([range(11, 18), 0]);
    },
  );

  test("keeps its place in more files than it can follow at once", async () => {
    for (const port of range(1, 301)) write(line(port), `acl-audit-log-${port}.log`);
    const first = follow();
    await first.hands.until(() => first.hands.ports.length === 256);
    await first.hands.looks();
    expect(first.hands.states.at(-1)).toContain("more than 256 files match, and the others are not read");
    await first.stop();
    const second = follow(first.hands.position);
    await second.hands.until(() => second.hands.states.length > 0);
    await second.hands.looks();
    expect(second.hands.ports.filter((port) => first.hands.ports.includes(port))).toEqual([]);
  });

  test("knows that a file is gone, or is another", async () => {
    write(lines(1, 11));
    write(lines(11, 21), "acl-audit-log.2.log");
    const first = follow();
    await first.hands.until(() => first.hands.ports.length === 20);
    await first.stop();
    rmSync(path());
    writeFileSync(path("acl-audit-log.2.log"), lines(30, 45));
    const second = follow(first.hands.position);
    await second.hands.until(() => second.hands.ports.length === 15);
    await second.hands.looks();
    expect(second.hands.sortedPorts()).toEqual(range(30, 45));
    expect(second.hands.outages).toBe(2);
  });

  test.each([
    ["nothing", ""],
    ["something else", '{"next":1}'],
    ["a mark that says too much", '[["1","2",-5,9,"x"]]'],
  ])("begins anew with a position that is %s", async (_, position) => {
    write(lines(1, 4));
    const { hands } = follow(position);
    await hands.until(() => hands.ports.length === 3);
    expect(hands.sortedPorts()).toEqual([1, 2, 3]);
  });
});

test("positions tell exactly what was taken, however often the log is rotated", async () => {
  const first = follow();
  for (let round = 0; round < 20; round += 1) {
    write(lines(1 + round * 10, 6 + round * 10));
    if (round % 3 === 0) renameSync(path(), path(`acl-audit-log.${round}.log`));
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    write(lines(6 + round * 10, 11 + round * 10));
  }
  await first.hands.until(() => first.hands.ports.length >= 120);
  await first.stop();
  const { position } = first.hands;
  const kept = first.hands.ports.slice(0, first.hands.takenAt.get(position!));
  const second = follow(position);
  await second.hands.until(() => kept.length + second.hands.ports.length >= 200);
  await second.hands.looks();
  expect([...kept, ...second.hands.ports].toSorted((a, b) => a - b)).toEqual(range(1, 201));
});
