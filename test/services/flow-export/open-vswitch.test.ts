import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectedFlows, type Totals } from "./collected-flows.ts";
import { madePackets, madeTotals } from "./made-capture.ts";
import { PrivateOpenVSwitch } from "./private-open-vswitch.ts";
import { lacks } from "./programs.ts";

const sorted = (totals: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1));
const only4 = (totals: ReadonlyMap<string, number>): Totals =>
  new Map([...totals].filter(([key]) => !key.includes(":")));

describe.skipIf(lacks("ovs-vswitchd", "ovsdb-server", "ovs-vsctl", "ovsdb-tool"))("real Open vSwitch", () => {
  let openVSwitch: PrivateOpenVSwitch | undefined;
  let flows: CollectedFlows;
  beforeAll(async () => {
    openVSwitch = await PrivateOpenVSwitch.open();
  });
  afterAll(() => openVSwitch?.close());

  /** What the source finds of all packets, when the bridge exports to it in one way. */
  async function exported(isAll: () => boolean, ...configuration: readonly string[]): Promise<CollectedFlows> {
    flows = await CollectedFlows.open();
    try {
      await openVSwitch!.vsctl(...configuration.map((word) => word.replace("PORT", `${flows.port}`)));
      await openVSwitch!.receive(madePackets().map(({ bytes }) => bytes));
      await flows.hands.until(isAll);
    } finally {
      await openVSwitch!.vsctl("clear", "bridge", "br-int", "ipfix", "netflow", "sflow");
      await flows.close();
    }
    return flows;
  }

  const sum = (totals: ReadonlyMap<string, number>): number =>
    [...totals.values()].reduce((all, bytes) => all + bytes, 0);

  test("IPFIX: each packet once, in both families, with the sampling that is configured", async () => {
    const options = ["sampling=1", "obs_domain_id=7"];
    const target = 'targets="127.0.0.1:PORT"';
    const set = ["set", "bridge", "br-int", "ipfix=@i", "--", "--id=@i", "create", "ipfix", target, ...options];
    const { totals, hands, observations } = await exported(
      () => flows.observations.length >= madePackets().length,
      ...set,
    );
    expect([hands.malformedReasons, hands.lostRecords]).toEqual([[], 0]);
    expect(sorted(totals).map(([key, bytes]) => [key, Math.round(bytes)])).toEqual(sorted(madeTotals()));
    expect(new Set(observations.map(({ sampling }) => sampling))).toEqual(new Set([400]));
  });

  test("sFlow: each packet once, in both families", async () => {
    const options = ["agent=127.0.0.1", "sampling=1", "polling=60", "header=128"];
    const target = 'targets="127.0.0.1:PORT"';
    const set = ["set", "bridge", "br-int", "sflow=@s", "--", "--id=@s", "create", "sflow", target, ...options];
    const { totals, hands } = await exported(() => flows.observations.length >= madePackets().length, ...set);
    expect([hands.malformedReasons, hands.lostRecords]).toEqual([[], 0]);
    expect(sorted(totals)).toEqual(sorted(madeTotals()));
  });

  test("NetFlow v5: all of IPv4; its bytes are those of frames, with 14 of Ethernet for each packet", async () => {
    const set = ["set", "bridge", "br-int", "netflow=@n", "--", "--id=@n", "create", "netflow"];
    const packets4 = madePackets().filter(({ bytes }) => bytes[12] === 0x08).length;
    const wanted = sum(only4(madeTotals())) + 14 * packets4;
    const { totals, hands } = await exported(
      () => sum(flows.totals) >= wanted,
      ...set,
      'targets="127.0.0.1:PORT"',
      "active_timeout=1",
    );
    expect([hands.malformedReasons, hands.lostRecords]).toEqual([[], 0]);
    expect([...totals.keys()].toSorted()).toEqual([...only4(madeTotals()).keys()].toSorted());
    expect(sum(totals)).toBe(wanted);
  });
});
