import { describe, expect, test } from "vitest";
import { edgeForTest } from "../../../../test/arbitraries/edge.ts";
import { addressHistories } from "../../baseline/statistics/address-history.ts";
import { networkElsewhere } from "./network-share.ts";

describe("how much of a content network lies elsewhere", () => {
  test.each([
    ["nothing where it was met only at the service's own addresses", ["192.0.2.1"], ["192.0.2.1"], 24, 0],
    ["nothing beyond the block of the own address", ["192.0.2.1", "192.0.2.9"], ["192.0.2.1"], 24, 0],
    ["half where one of two places is not around it", ["192.0.2.1", "198.51.100.1"], ["192.0.2.1"], 24, 0.5],
    ["a place counts once", ["192.0.2.1", "198.51.100.1", "198.51.100.2", "198.51.100.3"], ["192.0.2.1"], 24, 0.5],
    ["a block that reaches both has nothing elsewhere", ["192.0.2.1", "198.51.100.1"], ["192.0.2.1"], 4, 0],
    ["the nearer own address decides", ["10.0.0.1", "10.1.0.1", "10.2.0.1"], ["10.0.0.1", "10.2.0.1"], 15, 0],
    ["everything where none is its own", ["192.0.2.1", "198.51.100.1"], [], 24, 1],
  ])("%s", (_, network, own, length, share) => {
    const elsewhere = networkElsewhere(historiesOf(network), historiesOf(own));
    expect(elsewhere({ 4: length, 6: 64 })).toBe(share);
  });

  test("both families have places", () => {
    const elsewhere = networkElsewhere(historiesOf(["192.0.2.1", "2001:db8::1"]), historiesOf(["192.0.2.1"]));
    expect(elsewhere({ 4: 24, 6: 48 })).toBe(0.5);
  });
});

function historiesOf(addresses: readonly string[]): ReturnType<typeof addressHistories> {
  const edges = addresses.map((address) => {
    const written = address.includes(":") ? `[${address}]` : address;
    return edgeForTest(`shop/Deployment/cart tcp ${written}:443`);
  });
  return addressHistories(edges, undefined);
}
