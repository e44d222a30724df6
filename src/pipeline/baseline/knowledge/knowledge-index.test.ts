import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipForTest } from "../../../../test/arbitraries/edge.ts";
import { type Cidr, cidrAround, lastOf } from "../../../core/net/ip-set.ts";
import { BlockIndex } from "./block-index.ts";
import { feedForTest, groupForTest, knowledgeForTest, rangesForTest } from "./knowledge.test-support.ts";

const s3 = groupForTest("Amazon S3 eu-west-1: 192.0.2.0/25 2001:db8:3::/48");
const ec2 = groupForTest("Amazon EC2 eu-west-1: 192.0.2.128/25 2001:db8:4::/47");
const amazon = groupForTest("Amazon AMAZON eu-west-1: 192.0.2.0/24 2001:db8::/32");
const index = knowledgeForTest({
  published: [amazon, ec2, s3],
  feeds: [
    feedForTest("Feodo", "198.51.100.0/24 wide", "198.51.100.7 C2", "*.evil.example", "raw.githubusercontent.com"),
  ],
  onPremises: [rangesForTest("all", "10.0.0.0/8"), rangesForTest("Ghent", "10.7.0.0/16")],
});
const groups = (...addresses: readonly string[]) =>
  index.publishedHoldingAll(addresses.map(ipForTest)).map(({ service }) => service);

describe("published groups", () => {
  test.each([
    ["smallest first", ["192.0.2.5"], ["S3", "AMAZON"]],
    ["of IPv6 as well", ["2001:db8:3::1"], ["S3", "AMAZON"]],
    ["only those that hold all of them", ["192.0.2.5", "192.0.2.200"], ["AMAZON"]],
    ["of both families together", ["192.0.2.5", "2001:db8:3::1"], ["S3", "AMAZON"]],
    ["none where one address is outside", ["192.0.2.5", "203.0.113.1"], []],
    ["none for nothing", [], []],
  ])("%s", (_, addresses, expected) => expect(groups(...addresses)).toEqual(expected));
});

test("a group says where it was read", () => {
  expect([index.originOf(s3)?.source, index.originOf({ ...s3 })]).toEqual(["Amazon.json", undefined]);
});

test("the smallest block of a feed tells what it is", () => {
  const about = (address: string) => index.feedHit(ipForTest(address))?.entry.about;
  expect([about("198.51.100.7"), about("198.51.100.8"), about("203.0.113.1")]).toEqual(["C2", "wide", undefined]);
});

test("names of a feed count, but not where a well-known service has them", () => {
  const isHit = (name: string) => index.feedHitOfName(name) !== undefined;
  expect([isHit("a.evil.example"), isHit("evil.example"), isHit("raw.githubusercontent.com")]).toEqual([
    true,
    false,
    false,
  ]);
});

test.each([
  ["a bucket", "loot.s3.eu-west-1.amazonaws.com"],
  ["a storage account", "loot.blob.core.windows.net"],
  ["a machine for rent", "ec2-192-0-2-7.compute-1.amazonaws.com"],
  ["a site of a content network", "d111111abcdef8.cloudfront.net"],
  ["a site of a code host", "loot.github.io"],
  ["an application of a platform", "loot.azurewebsites.net"],
  ["a tenant of a service", "loot.okta.com"],
])("%s that a stranger has at a well-known service is as malicious as a feed says: %s", (_, name) => {
  const listed = knowledgeForTest({ feeds: [feedForTest("hosts", name)] });
  expect(listed.feedHitOfName(name)?.feed.title).toBe("hosts");
});

test.each([
  "s3.eu-west-1.amazonaws.com",
  "storage.googleapis.com",
  "firebasestorage.googleapis.com",
  "registry-1.docker.io",
])("pages of strangers on %s do not make the host malicious", (name) => {
  const listed = knowledgeForTest({ feeds: [feedForTest("hosts", name)] });
  expect(listed.feedHitOfName(name)).toBeUndefined();
});

test("the most specific range of the organisation is meant", () => {
  const title = (address: string) => index.onPremisesOf(ipForTest(address))?.title;
  expect([title("10.7.1.1"), title("10.8.1.1"), title("11.0.0.1")]).toEqual(["Ghent", "all", undefined]);
});

test("blocks are found as by looking at each, smallest first", () => {
  const cidr = fc
    .tuple(fc.constantFrom(4, 6), fc.bigInt(0n, 1023n), fc.integer({ min: 0, max: 10 }))
    .map(([family, low, bits]): Cidr => {
      const value = family === 4 ? 0xc0000000n + low : (0x20010db8n << 96n) + low;
      return cidrAround({ family, value }, (family === 4 ? 32 : 128) - bits);
    });
  fc.assert(
    fc.property(fc.array(cidr, { maxLength: 30 }), cidr, (cidrs, { family, first: value }) => {
      const found = new BlockIndex(cidrs.map((each, at) => ({ cidr: each, value: at }))).holding({ family, value });
      const expected = cidrs
        .map((each, at) => ({ each, at }))
        .filter(({ each }) => each.family === family && each.first <= value && value <= lastOf(each))
        .toSorted((a, b) => b.each.prefixLength - a.each.prefixLength || a.at - b.at);
      expect(found).toEqual(expected.map(({ at }) => at));
    }),
  );
});
