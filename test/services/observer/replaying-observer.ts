/**
 * A program for tests: an observer of one file, in which each line is one flow, `host port`. Arguments: the file, the folder of
 * the buffer and its size, the collector, lines between positions, and milliseconds between them.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { LiveSourceKind } from "../../../src/app/live/live-source-kind.ts";
import { flowForTest } from "../../../src/app/live/observer.test-support.ts";
import { openObserver } from "../../../src/main/observe.ts";

const [file = "", folder = "", maxBytes = "", url = "", linesPerPosition = "", pauseMs = ""] = process.argv.slice(2);

const replay: LiveSourceKind = {
  kind: "replay",
  summary: "lines of a file",
  options: () => Promise.resolve(z.unknown()),
  open: (name) => ({
    name,
    kind: "replay",
    run: async (hands, signal) => {
      hands.state("running");
      const lines = readFileSync(file, "utf8").trimEnd().split("\n");
      for (let i = Number(hands.resumeFrom ?? "0"); i < lines.length && !signal.aborted; i += 1) {
        const [host = "", port = ""] = lines[i]!.split(" ");
        hands.take(flowForTest(Number(host), { destinationPort: Number(port) }));
        if ((i + 1) % Number(linesPerPosition) !== 0) continue;
        hands.reached(String(i + 1));
        await hands.room();
        await sleep(Number(pauseMs));
      }
      if (!signal.aborted) hands.reached(String(lines.length));
    },
  }),
};

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
const opened = await openObserver(
  {
    observer: "node-a",
    cluster: "east",
    everyMs: 20,
    sources: [{ name: "replay", kind: replay, options: {} }],
    networks: { pods: [], services: [] },
    kubernetes: { from: "nothing" },
    ship: { url: new URL(url), tokenFile: undefined, tls: undefined },
    buffer: { folder, maxBytes: Number(maxBytes) },
    anonymise: undefined,
    metrics: undefined,
    graceMs: 2000,
  },
  {
    isOnce: true,
    sink: undefined,
    log: { say: (level, message, fields) => process.stderr.write(`${level}: ${message} ${JSON.stringify(fields)}\n`) },
  },
);
if (!opened.ok) throw new Error(opened.error.map(({ message }) => message).join("\n"));
process.stdout.write("open\n");
process.stdout.write(`${await opened.value.run(stop.signal)}\n`);
