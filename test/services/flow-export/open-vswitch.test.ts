import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectedFlows, type Totals } from "./collected-flows.ts";
import { madePackets, madeTotals } from "./made-capture.ts";
import { PrivateOpenVSwitch } from "./private-open-vswitch.ts";
import { lacks } from "./programs.ts";

const sorted = (totals: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1));
const only4 = (totals: ReadonlyMap<string, number>): Totals =>
  new Map([...totals].filter(([key]) => !key.includes(":")));

const target = 'targets="127.0.0.1:PORT"';
/** The ways in which the bridge exports, all at once: what the source makes of each, and when it has all of it. */
const ways = {
  ipfix: ["@i", "ipfix", target, "sampling=1", "obs_domain_id=7"],
  sflow: ["@s", "sflow", target, "agent=127.0.0.1", "sampling=1", "polling=60", "header=128"],
  netflow: ["@n", "netflow", target, "active_timeout=1"],
} as const;

describe.skipIf(lacks("ovs-vswitchd", "ovsdb-server", "ovs-vsctl", "ovsdb-tool"))("real Open vSwitch", () => {
  const made = madePackets();
  const sum = (totals: ReadonlyMap<string, number>): number =>
    [...totals.values()].reduce((all, bytes) => all + bytes, 0);
  const packets4 = made.filter(({ bytes }) => bytes[12] === 0x08).length;
  const netflowBytes = sum(only4(madeTotals())) + 14 * packets4;
  const collected = new Map<string, CollectedFlows>();
  let openVSwitch: PrivateOpenVSwitch | undefined;

  beforeAll(async () => {
    openVSwitch = await PrivateOpenVSwitch.open();
    for (const [column, [id, table, ...settings]] of Object.entries(ways)) {
      const flows = await CollectedFlows.open();
      collected.set(column, flows);
      const configuration = settings.map((word) => word.replace("PORT", `${flows.port}`));
      const record = ["--", `--id=${id}`, "create", table, ...configuration];
      await openVSwitch.vsctl("set", "bridge", "br-int", `${column}=${id}`, ...record);
    }
    await openVSwitch.receive(made.map(({ bytes }) => bytes));
    for (const column of ["ipfix", "sflow"]) {
      const flows = of(column);
      await flows.hands.until(() => flows.observations.length >= made.length);
    }
    await of("netflow").hands.until(() => sum(of("netflow").totals) >= netflowBytes);
    await openVSwitch.vsctl("clear", "bridge", "br-int", "ipfix", "netflow", "sflow");
    for (const flows of collected.values()) await flows.close();
  });
  afterAll(async () => {
    for (const flows of collected.values()) await flows.close();
    await openVSwitch?.close();
  });

  const of = (column: string): CollectedFlows => {
    const flows = collected.get(column);
    if (flows === undefined) throw new Error(`${column} is not exported`);
    return flows;
  };

  test("IPFIX: each packet once, in both families, with the sampling that is configured", () => {
    const { totals, hands, observations } = of("ipfix");
    expect([hands.malformedReasons, hands.lostRecords]).toEqual([[], 0]);
    expect(sorted(totals).map(([key, bytes]) => [key, Math.round(bytes)])).toEqual(sorted(madeTotals()));
    expect(new Set(observations.map(({ sampling }) => sampling))).toEqual(new Set([400]));
  });

  test("sFlow: each packet once, in both families", () => {
    const { totals, hands } = of("sflow");
    expect([hands.malformedReasons, hands.lostRecords]).toEqual([[], 0]);
    expect(sorted(totals)).toEqual(sorted(madeTotals()));
  });

  test("NetFlow v5: all of IPv4; its bytes are those of frames, with 14 of Ethernet for each packet", () => {
    const { totals, hands } = of("netflow");
    expect([hands.malformedReasons, hands.lostRecords]).toEqual([[], 0]);
    expect([...totals.keys()].toSorted()).toEqual([...only4(madeTotals()).keys()].toSorted());
    expect(sum(totals)).toBe(netflowBytes);
  });
});
