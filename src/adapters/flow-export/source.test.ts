import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { SourceHands } from "../../app/live/live-source.ts";
import { SenderGate } from "../../app/live/sender-gate.ts";
import { ipfix, netflow5, set, template } from "../../pipeline/sources/flow-export/datagram.test-support.ts";
import { ends, endsBytes, fields4, record, usual } from "../../pipeline/sources/flow-export/usual-flow.test-support.ts";
import { kernelDrops } from "./kernel-drops.ts";
import { flowExportOptions } from "./options.ts";
import { flowExportSource } from "./source.ts";

const flow = { ...usual, firstUptimeMs: 0, lastUptimeMs: 0 };

/** Some containers have no IPv6. */
const hasIpv6 = Object.values(networkInterfaces()).some((all = []) => all.some(({ address }) => address === "::1"));

class Listening {
  flows = 0;
  lost = 0;
  bytes = 0;
  readonly malformed: string[] = [];
  readonly states: string[] = [];
  readonly ended: Promise<void>;
  private readonly stop = new AbortController();
  private changed = Promise.withResolvers<void>();

  constructor(options: Record<string, unknown>) {
    const source = flowExportSource.open("exporters", flowExportOptions.parse(options), {
      stdin: (async function* () {})(),
      nowMs: Date.now,
    });
    const told =
      <A extends unknown[]>(count: (...args: A) => void) =>
      (...args: A): void => {
        count(...args);
        this.changed.resolve();
        this.changed = Promise.withResolvers();
      };
    const hands: SourceHands = {
      take: told(() => (this.flows += 1)),
      takeCoarse: () => undefined,
      resumeFrom: undefined,
      reached: () => undefined,
      malformed: told((reason: string) => this.malformed.push(reason)),
      lost: told((records: number) => (this.lost += records)),
      outage: () => undefined,
      received: told((bytes: number) => (this.bytes += bytes)),
      state: told((state: string, message = "") => this.states.push(`${state}: ${message}`)),
      room: () => Promise.resolve(),
    };
    this.ended = source.run(hands, this.stop.signal);
    this.ended.catch(() => this.changed.resolve());
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await this.changed.promise;
  }

  /** Where it listens, as its message says. */
  async ports(count: number): Promise<readonly number[]> {
    const found = (): readonly number[] =>
      [...(this.states.at(-1) ?? "").matchAll(/[.\]\d]:(\d+)/g)].map((m) => Number(m[1]));
    await this.until(() => found().length >= count);
    return found();
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.ended;
  }
}

const open: Listening[] = [];

function listening(options: Record<string, unknown>): Listening {
  const one = new Listening({ exporters: ["127.0.0.0/8", "::1/128"], ...options });
  open.push(one);
  return one;
}

async function send(port: number, address: "127.0.0.1" | "::1", ...datagrams: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket(address === "::1" ? "udp6" : "udp4");
  for (const one of datagrams) {
    socket.send(one, port, address);
    await nextTurn();
  }
  socket.close();
  await once(socket, "close");
}

afterEach(async () => {
  await Promise.allSettled(open.splice(0).map((one) => one.close()));
});

describe("a listening source", () => {
  test.skipIf(!hasIpv6)("takes datagrams of both families on several ports", async () => {
    const source = listening({ listen: ["127.0.0.1:0", "[::1]:0"] });
    const [first, second] = await source.ports(2);
    await send(first!, "127.0.0.1", netflow5({ atMs: Date.now() }, [flow, flow]));
    const data = ipfix({ atMs: Date.now() }, set(2, template(256, fields4)), set(256, record(usual)));
    await send(second!, "::1", data);
    await source.until(() => source.flows === 3);
    expect(source.bytes).toBe(120 + data.length);
    expect(source.malformed).toEqual([]);
  });

  test.skipIf(!hasIpv6)("listens on both families of a bare port", async () => {
    const source = listening({ listen: [0] });
    const [first, second] = await source.ports(2);
    await send(first!, "127.0.0.1", netflow5({ atMs: Date.now() }, [flow]));
    await send(second!, "::1", netflow5({ atMs: Date.now() }, [flow]));
    await source.until(() => source.flows === 2);
    expect(source.flows).toBe(2);
  });

  test("says once where it listens, however many places there are", async () => {
    const source = listening({ listen: ["127.0.0.1:0", "127.0.0.1:0"], tcp: ["127.0.0.1:0"] });
    await source.until(() => source.states.length >= 2);
    const [starting, ...told] = source.states;
    expect([starting, told.length]).toEqual(["starting: ", 1]);
    expect(told[0]).toMatch(
      /^running.*listening on tcp 127\.0\.0\.1:\d+, udp 127\.0\.0\.1:\d+, udp 127\.0\.0\.1:\d+; 0 exporters heard/,
    );
  });

  test.skipIf(!hasIpv6)("refuses who may not send", async () => {
    const source = listening({ listen: ["127.0.0.1:0", "[::1]:0"], exporters: ["127.0.0.1/32"] });
    const [first, second] = await source.ports(2);
    await send(second!, "::1", netflow5({ atMs: Date.now() }, [flow]));
    await send(first!, "127.0.0.1", netflow5({ atMs: Date.now() }, [flow]));
    await source.until(() => source.flows > 0);
    expect(source.bytes).toBe(72);
  });

  test("counts what is not understood, and who sent it, and goes on", async () => {
    const source = listening({ listen: ["127.0.0.1:0"] });
    const [port] = await source.ports(1);
    await send(port!, "127.0.0.1", Uint8Array.of(1, 2, 3), netflow5({ atMs: Date.now() }, [flow]));
    await source.until(() => source.flows === 1);
    expect(source.malformed).toEqual(["neither NetFlow v5, NetFlow v9, IPFIX nor sFlow v5"]);
  });

  test("gives up at its end what waits for templates", async () => {
    const source = listening({ listen: ["127.0.0.1:0"] });
    const [port] = await source.ports(1);
    const template300 = set(2, template(300, ends));
    await send(port!, "127.0.0.1", ipfix({}, set(256, record(usual)), template300, set(300, endsBytes)));
    await source.until(() => source.flows === 1);
    await source.close();
    expect(source.malformed).toEqual(["records whose template did not come in time"]);
  });

  test("says where another program listens, and takes over when that ends", async () => {
    const other = createSocket("udp4").bind({ port: 0, address: "127.0.0.1", exclusive: true });
    await once(other, "listening");
    const { port } = other.address();
    const source = listening({ listen: [`127.0.0.1:${port}`] });
    await source.until(() => source.states.some((state) => state.startsWith("retrying")));
    expect(source.states.at(-1)).toContain(`cannot listen on udp 127.0.0.1:${port}: another program listens there`);
    other.close();
    await source.until(() => source.states.at(-1)?.startsWith("running") === true);
    await send(port, "127.0.0.1", netflow5({ atMs: Date.now() }, [flow]));
    await source.until(() => source.flows === 1);
    expect(source.flows).toBe(1);
  });
});

test.each<readonly [string, Record<string, unknown>, string]>([
  ["nobody who may send", { exporters: [] }, "exporters"],
  ["no exporters at all", {}, "exporters"],
  ["a block with host bits", { exporters: ["10.0.0.1/8"] }, "did you mean `10.0.0.0/8`"],
  ["a host name", { exporters: ["::/0"], listen: ["localhost:4739"] }, "is not a place to listen at"],
  ["an address without brackets", { exporters: ["::/0"], listen: ["::1:4739"] }, "is not a place to listen at"],
  ["a port too large", { exporters: ["::/0"], listen: ["127.0.0.1:70000"] }, "is not a place to listen at"],
  ["an option misspelt", { exporters: ["::/0"], port: 1 }, "port"],
])("options with %s are refused", (_, options, why) => {
  const read = flowExportOptions.safeParse(options);
  expect(read.success).toBe(false);
  expect(JSON.stringify(read.error?.issues)).toContain(why);
});

test("options have defaults for everything but who may send", () => {
  expect(flowExportOptions.parse({ exporters: ["10.0.0.0/16"] })).toMatchObject({
    listen: [{ port: 2055 }, { port: 4739 }, { port: 6343 }],
    openVSwitchSampling: 400,
    templateLifetimeMinutes: 90,
  });
});

test.each([
  ["10.0.0.7", "10.0.0.7"],
  ["::ffff:10.0.0.7", "10.0.0.7"],
  ["10.0.1.7", undefined],
  ["fe80::1%eth0", "fe80::1"],
  ["2001:db8::1", undefined],
])("of 10.0.0.0/24 and fe80::/10: %s → %s", (sender, admitted) => {
  const { exporters } = flowExportOptions.parse({ exporters: ["10.0.0.0/24", "fe80::/10"] });
  const gate = new SenderGate(exporters);
  expect([gate.admit(sender), gate.admit(sender)]).toEqual([admitted, admitted]);
  expect(gate.refused).toBe(admitted === undefined ? 2 : 0);
});

test("drops of the kernel are read for the ports asked for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "postern-drops-"));
  try {
    const line = (port: string, drops: number): string =>
      `  1: 00000000:${port} 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 9 2 0 ${drops}\n`;
    const head =
      "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n";
    await writeFile(join(folder, "udp"), `${head}${line("1283", 5)}${line("0035", 100)}`);
    await writeFile(join(folder, "udp6"), `${head}${line("1283", 2)}`);
    const files = [join(folder, "udp"), join(folder, "udp6"), join(folder, "none")];
    expect(await kernelDrops(new Set([4739]), files)).toBe(7);
    expect(await kernelDrops(new Set([4739]), [join(folder, "none")])).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});
