import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSyslogSender } from "../../src/adapters/syslog-sender/syslog-sender.ts";
import type { SyslogPlace } from "../../src/app/audit/audit-port.ts";
import { type Forwarding, forwardAudit } from "../../src/app/audit/forward-audit.ts";
import type { JobEnd } from "../../src/app/jobs/job-handler.ts";
import { type AuditStore, entries, entry, openAuditStore } from "./audit-store.ts";

let store: AuditStore;
let server: Server;
let sockets: Socket[] = [];
let seen: number[] = [];
let troubles: string[] = [];
let nowMs = 0;
beforeEach(async () => {
  [sockets, seen, troubles, nowMs] = [[], [], [], 0];
  store = await openAuditStore();
  server = createServer((socket) => {
    sockets.push(socket);
    socket.setEncoding("utf8").on("data", (text: string) => {
      seen.push(...[...text.matchAll(/"sequence":(\d+),"subject":"proposal/g)].map(([, number]) => Number(number)));
    });
    socket.on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await store.close();
});

function forwarding(port = (server.address() as AddressInfo).port): Forwarding {
  const place: SyslogPlace = { protocol: "tcp", host: "127.0.0.1", port, caFile: undefined };
  return forwardAudit({
    decisions: store.state.decisions,
    place,
    open: openSyslogSender,
    host: "h",
    nowMs: () => nowMs,
    onTrouble: ({ code }) => troubles.push(code),
  });
}

/** Runs the job that is due. @returns undefined when there is none */
async function runOnce({ jobs }: Forwarding): Promise<JobEnd | undefined> {
  const book = store.state.decisions.jobs;
  const [job] = await book.take("test", ["forward-audit"], nowMs, 60_000, 1);
  if (job === undefined) return undefined;
  const end = await jobs["forward-audit"]!(job, new AbortController().signal);
  await book.finish(job);
  return end;
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !isSo(); tries += 1) await sleep(5);
  if (!isSo()) throw new Error(`it did not come to that: ${seen.join(" ")}`);
}

test("all that is recorded is sent in order, and what comes then as it comes", async () => {
  const { audit } = store.state.decisions;
  await audit.append(entries(250));
  const forward = forwarding();
  await forward.begin();
  await runOnce(forward);
  await runOnce(forward);
  await until(() => seen.length === 250);
  expect(await runOnce(forward)).toBeUndefined();
  nowMs += 2_000;
  await audit.append([entry(250)]);
  await runOnce(forward);
  await until(() => seen.length === 251);
  expect(seen).toEqual(Array.from({ length: 251 }, (_, n) => n));
  await forward.close();
});

test("another process goes on where the one before was, and sends the last once more", async () => {
  await store.state.decisions.audit.append(entries(150));
  const first = forwarding();
  await first.begin();
  await runOnce(first);
  await until(() => seen.length === 150);
  await first.close();
  seen = [];
  await store.state.decisions.audit.append([entry(150)]);
  nowMs += 2_000;
  const second = forwarding();
  await second.begin();
  await runOnce(second);
  await until(() => seen.length === 101);
  expect([seen[0], seen.at(-1)]).toEqual([50, 150]);
  await second.close();
});

test("a receiver that is away is tried again, with longer pauses", async () => {
  await store.state.decisions.audit.append(entries(3));
  const away = forwarding(1);
  await away.begin();
  for (const pauseMs of [5_000, 10_000, 20_000]) {
    expect(await runOnce(away)).toEqual({ end: "done" });
    nowMs += pauseMs - 1;
    expect(await runOnce(away)).toBeUndefined();
    nowMs += 1;
  }
  expect(troubles).toEqual(Array.from({ length: 3 }, () => "audit_syslog_unreachable"));
  await away.close();
});

test("a receiver that goes away and comes back misses nothing", async () => {
  const { audit } = store.state.decisions;
  await audit.append(entries(5));
  const forward = forwarding();
  await forward.begin();
  await runOnce(forward);
  await until(() => seen.length === 5);
  for (const socket of sockets) socket.destroy();
  await audit.append(entries(5));
  for (let tries = 0; tries < 10 && troubles.length === 0; tries += 1) {
    nowMs += 2_000;
    await runOnce(forward);
    await audit.append([entry(9)]);
  }
  expect(troubles).toEqual(["audit_syslog_unreachable"]);
  nowMs += 5_000;
  await runOnce(forward);
  const size = await audit.size();
  await until(() => new Set(seen).size === size);
  expect(new Set(seen)).toEqual(new Set(Array.from({ length: size }, (_, n) => n)));
  await forward.close();
});
