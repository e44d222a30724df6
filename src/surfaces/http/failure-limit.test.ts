import { expect, test } from "vitest";
import { FailureLimit, networkOf } from "./failure-limit.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  // As a socket that takes both families tells IPv4.
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8::9", "2001:db8::/64"],
  ["2001::5:6:7:8:9", "2001:0:0:5::/64"],
  ["::1", "::/64"],
  ["fe80::1%eth0", "fe80::/64"],
  ["unknown", "unknown"],
])("%s counts as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("who fails often behind one address of IPv4 keeps nobody else out", () => {
  const limit = new FailureLimit(() => 0);
  for (let i = 0; i < 20; i += 1) expect(limit.failed("::ffff:192.0.2.1")).toBeUndefined();
  expect(limit.failed("192.0.2.1")).toBeGreaterThan(0);
  expect(limit.failed("::ffff:192.0.2.2")).toBeUndefined();
});
