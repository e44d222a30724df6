import { createCipheriv, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Family, familyBits, formatIp, type IpAddress } from "../../core/net/ip.ts";
import { AddressMask, type BlockCipher, keptBlocks } from "./anonymise-address.ts";
import { LabelMask, tokenPattern } from "./anonymise-label.ts";
import { anonymiseBatch, revealText } from "./anonymise.ts";
import { ipForTest } from "./harvest.test-support.ts";
import type { SealedBatch } from "./sealed-batch.ts";

function aes(key: Uint8Array): BlockCipher {
  return (blocks) => createCipheriv("aes-128-ecb", key, null).setAutoPadding(false).update(blocks);
}

/** The key of the sample that comes with Crypto-PAn. */
const sampleKey = Buffer.from("1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202", "hex");
const encrypt = aes(sampleKey.subarray(0, 16));
const pad = encrypt(sampleKey.subarray(16));
const mask = {
  addresses: new AddressMask(encrypt, { 4: pad, 6: pad }),
  labels: new LabelMask((bytes) => createHmac("sha256", sampleKey).update(bytes).digest()),
};
const otherLabels = new LabelMask((bytes) => createHmac("sha256", "other").update(bytes).digest());

const address: fc.Arbitrary<IpAddress> = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value) => ({ family: 4, value }) as const),
  fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => ({ family: 6, value }) as const),
  // Close to the edges of kept blocks.
  fc.constantFrom(...keptBlocks).chain(({ block: { family, first, prefixLength } }) =>
    fc.bigInt({ min: -2n, max: 2n }).map((by) => {
      const size = 2n ** BigInt(familyBits[family] - prefixLength);
      const bits = 2n ** BigInt(familyBits[family]);
      return { family, value: ((((by < 0n ? first : first + size - 1n) + by) % bits) + bits) % bits };
    }),
  ),
);

function commonBits(a: bigint, b: bigint, family: Family): number {
  return a === b ? familyBits[family] : familyBits[family] - (a ^ b).toString(2).length;
}

describe("addresses", () => {
  test.each([
    ["128.11.68.132", "135.242.180.132"],
    ["129.118.74.4", "134.136.186.123"],
    ["130.132.252.244", "133.68.164.234"],
    ["141.223.7.43", "141.167.8.160"],
    ["141.233.145.108", "141.129.237.235"],
    ["152.163.225.39", "151.140.114.167"],
  ])("%s is %s to Crypto-PAn itself, which keeps no block", (plain, hidden) => {
    const bare = new AddressMask(encrypt, { 4: pad, 6: pad }, []);
    expect(formatIp(bare.hide(ipForTest(plain)))).toBe(hidden);
    expect(formatIp(bare.reveal(ipForTest(hidden)))).toBe(plain);
  });

  test("what was hidden is revealed", () => {
    fc.assert(
      fc.property(address, (plain) => {
        expect(mask.addresses.reveal(mask.addresses.hide(plain))).toEqual(plain);
      }),
      { numRuns: 500 },
    );
  });

  test("as many leading bits are shared as before", () => {
    const pair = fc.tuple(address, address, fc.nat(128)).map(([a, b, shared]) => {
      if (a.family !== b.family) return [a, a] as const;
      const rest = BigInt(Math.max(0, familyBits[a.family] - shared));
      return [a, { family: a.family, value: ((a.value >> rest) << rest) | (b.value & ((1n << rest) - 1n)) }] as const;
    });
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const [x, y] = [mask.addresses.hide(a), mask.addresses.hide(b)];
        expect(commonBits(x.value, y.value, a.family)).toBe(commonBits(a.value, b.value, a.family));
      }),
      { numRuns: 500 },
    );
  });

  test("kept blocks hold what they held and nothing else", () => {
    fc.assert(
      fc.property(address, fc.constantFrom(...keptBlocks), (plain, { block, keeps }) => {
        if (plain.family !== block.family) return;
        const inside = ({ value }: IpAddress): boolean =>
          commonBits(value, block.first, block.family) >= block.prefixLength;
        const hidden = mask.addresses.hide(plain);
        expect(inside(hidden)).toBe(inside(plain));
        if (keeps === "whole" && inside(plain)) expect(hidden).toEqual(plain);
      }),
      { numRuns: 500 },
    );
  });

  // With a cipher that says "flip" to every bit, all that may change does.
  test.each([
    ["8.8.8.8", "9.247.247.247", "shares seven bits with the way to 10.0.0.0/8"],
    ["198.51.100.7", "197.204.155.248", "shares six with the way to 192.168.0.0/16"],
    ["10.1.2.3", "10.254.253.252", "stays within 10.0.0.0/8"],
    ["100.64.0.1", "100.127.255.254", "stays within 100.64.0.0/10"],
    ["172.16.5.6", "172.31.250.249", "stays within 172.16.0.0/12"],
    ["192.168.1.2", "192.168.254.253", "stays within 192.168.0.0/16"],
    ["169.254.169.254", "169.254.169.254", "is the same in every cloud"],
    ["239.1.2.3", "239.1.2.3", "is a multicast group"],
    ["2001:db8::1", "3ffe:f247:ffff:ffff:ffff:ffff:ffff:fffe", "shares three with the way to what begins with 0"],
    ["64:ff9b::c633:6407", "64:ff9b::39cc:9bf8", "stays an address that NAT64 made"],
    ["fd00::1", "fcff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "stays within fc00::/7"],
    ["::1", "::1", "is every machine's own"],
    ["fe80::1", "fe80::1", "belongs to a link"],
  ])("%s may become %s: it %s", (plain, hidden) => {
    const flips = new AddressMask((blocks) => new Uint8Array(blocks.length).fill(0x80), { 4: pad, 6: pad });
    expect(formatIp(flips.hide(ipForTest(plain)))).toBe(hidden);
    expect(formatIp(flips.reveal(ipForTest(hidden)))).toBe(plain);
  });

  test("a block is revealed without what lies behind it", () => {
    const plain = ipForTest("198.51.100.0");
    const { value } = mask.addresses.hide(plain);
    const block: IpAddress = { family: 4, value: (value >> 8n) << 8n };
    expect(mask.addresses.reveal(block, 24)).toEqual(plain);
  });
});

describe("labels", () => {
  const label = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/);
  const text = fc
    .oneof(label, fc.string({ minLength: 1, maxLength: 150, unit: "grapheme" }))
    .filter((own) => !own.includes("\0") && own.isWellFormed());

  test("the same text has the same token, and it is revealed by its own key alone", () => {
    fc.assert(
      fc.property(text, (plain) => {
        const token = mask.labels.hide(plain);
        expect(mask.labels.hide(plain)).toBe(token);
        if (token.startsWith("zd")) return;
        expect(mask.labels.reveal(token)).toBe(plain);
        expect(otherLabels.reveal(token)).toBeUndefined();
        expect(token).toMatch(new RegExp(`^${tokenPattern.source}$`));
      }),
    );
  });

  test("labels of up to 54 characters stay labels", () => {
    fc.assert(
      fc.property(label, (plain) => {
        expect(mask.labels.hide(plain).length).toBeLessThanOrEqual(plain.length <= 54 ? 63 : 75);
      }),
    );
  });

  test("names keep their domains, and never grow beyond a name", () => {
    const name = fc
      .array(label, { minLength: 1, maxLength: 12 })
      .map((labels) => labels.join("."))
      .filter((own) => own.length <= 253);
    fc.assert(
      fc.property(name, (plain) => {
        const hidden = mask.labels.hideName(plain);
        expect(hidden.length).toBeLessThanOrEqual(253);
        if (hidden.startsWith("zd")) return;
        expect(revealText(hidden, mask)).toBe(plain);
        expect(hidden.split(".")).toHaveLength(plain.split(".").length);
      }),
    );
    expect(mask.labels.hideName("a.example.com").split(".").slice(1)).toEqual(
      mask.labels.hideName("b.example.com").split(".").slice(1),
    );
  });

  // What was stored years ago is still revealed: these never change.
  test.each([
    ["shop", "zpphlvscfbm60ug"],
    ["a", "zpc9vca58nvafba"],
    ["_dns.0-9z", "zpc1312joorphc0"],
    ["cart-5d4f6c7b8d-x2k9q", "zph1aucm294ssd78gtk64sodikig"],
    ["Käse", "zrepraarqomcrp6"],
    [
      "x".repeat(120),
      "zp2u7n6jv0hmj830u5p51aqfpuro3m6b47q2nuntcu8q9ronhvt7bjd6ojm0cbtmtrhirs29iea7uhr8t4g3akk8ofmmg4g3ms5qm2t16k1q8kd8amavc106l2bn40remsureg",
    ],
    ["a".repeat(253), "zdicvd59n0536upras7socbrre"],
  ])("%s has always been %s", (plain, token) => {
    expect(mask.labels.hide(plain)).toBe(token);
    expect(mask.labels.reveal(token)).toBe(token.startsWith("zd") ? undefined : plain);
  });

  test("names that would grow too long keep as many labels of their domain as there is room for", () => {
    const long = fc
      .array(fc.stringMatching(/^[a-z0-9][-a-z0-9]{20,60}[a-z0-9]$/), { minLength: 4, maxLength: 11 })
      .map((labels) => labels.join("."))
      .filter((own) => own.length <= 253);
    fc.assert(
      fc.property(long, (plain) => {
        const labels = plain.split(".").map((own) => mask.labels.hide(own));
        const hidden = mask.labels.hideName(plain);
        if (labels.join(".").length <= 253) {
          expect(hidden).toBe(labels.join("."));
          return;
        }
        const [front, ...kept] = hidden.split(".");
        expect(front).toMatch(/^zd[0-9a-v]{24}$/);
        expect(kept).toEqual(labels.slice(-kept.length));
        expect(hidden.length).toBeLessThanOrEqual(253);
        expect(hidden.length + 1 + labels.at(-kept.length - 1)!.length).toBeGreaterThan(253);
      }),
      { numRuns: 50 },
    );
  });

  test("a wildcard stays one, so that rules can be made of it", () => {
    expect(mask.labels.hideName("*.example")).toBe(`*.${mask.labels.hide("example")}`);
  });

  test("texts that cannot stay within a field are told apart all the same", () => {
    const [a, b] = ["a", "b"].map((own) => mask.labels.hide(own.repeat(253)));
    expect([a!.length, a === b]).toEqual([26, false]);
  });
});

const batch: SealedBatch = {
  observer: "node-a",
  incarnation: "0".repeat(32),
  sequence: 1,
  cluster: "east",
  sealedAtMs: 0,
  owners: [{ cluster: "east", namespace: "shop", workload: { kind: "Deployment", name: "cart" } }],
  sources: ["hubble"],
  edges: [
    {
      source: 0,
      owner: 0,
      address: ipForTest("198.51.100.0"),
      prefixLength: 24,
      protocol: "tcp",
      port: 443,
      verdict: "seen",
      decidedBy: ["AdminNetworkPolicy//shop-pay#1", "EgressFirewall/shop/cart#3", "NetworkPolicy/shop/*"],
      hour: 0,
      flows: 1,
      bytes: 10,
      firstSeenMs: 0,
      lastSeenMs: 0,
    },
  ],
  names: [
    {
      source: 0,
      owner: 0,
      name: "pay.example.com",
      address: ipForTest("198.51.100.7"),
      from: "dns-answer",
      chain: ["pay.cdn.example.net"],
      ttlSeconds: 60,
      count: 1,
      firstSeenMs: 0,
      lastSeenMs: 0,
    },
  ],
  coarse: [
    {
      source: 0,
      owner: 0,
      destination: "pub",
      protocol: "tcp",
      port: 443,
      verdict: "seen",
      hour: 0,
      flows: 1,
      bytes: 1,
    },
    {
      source: 0,
      owner: 0,
      destination: "bank",
      protocol: "tcp",
      port: 1,
      verdict: "seen",
      hour: 0,
      flows: 1,
      bytes: 1,
    },
  ],
  health: [],
};

test("a batch leaves without any of its names and addresses, and everything is revealed again", () => {
  const json = (value: unknown): string =>
    JSON.stringify(value, (key, own: unknown) => (key === "address" ? formatIp(own as IpAddress) : own));
  const hidden = json(anonymiseBatch(batch, mask));
  for (const secret of ["shop", "cart", "198.51.100", "pay", "example", "cdn", "bank"])
    expect(hidden).not.toContain(secret);
  // Words that every cluster has are told: which rows mean the same shows without the key.
  expect(hidden).toContain('"destination":"pub"');
  expect(hidden).toMatch(/"NetworkPolicy\/zp[0-9a-v]+\/\*"/);
  // Of the block, what lies behind its 24 bits is not revealed as it is: that is for the reader who knows the length.
  const revealed = revealText(hidden.replace(/("edges":\[\{[^}]*"address":"[0-9.]+)"/, `$1/24"`), mask);
  expect(revealed.replace("198.51.100.0/24", "198.51.100.0")).toBe(json(batch));
});

test("what says by what it was decided, and is not of the form for it, does not leave", () => {
  const [edge] = batch.edges;
  const odd = anonymiseBatch({ ...batch, edges: [{ ...edge!, decidedBy: ["shop's own", "Policy/shop/a"] }] }, mask);
  expect(odd.edges[0]!.decidedBy).toEqual([`Policy/${mask.labels.hide("shop")}/${mask.labels.hide("a")}`]);
});

test("what sources say of their state does not leave", () => {
  const report = { source: 0, kind: "hubble", state: "retrying", message: "relay.shop: refused" } as const;
  const counts = { records: 1, malformed: 2, lost: 3, outages: 4, dropped: 5, receivedBytes: 6, samplingMax: 1 };
  const told = { ...report, ...counts, leftOut: [], lastArrivalMs: 7, lagMs: undefined };
  expect(anonymiseBatch({ ...batch, health: [told] }, mask).health).toEqual([{ ...told, message: "" }]);
});

test.each([
  ["an address with its network", "198.51.100.7", "/24"],
  ["an address with all of its bits", "198.51.100.7", "/32"],
  ["an address with all of its bits, of IPv6", "2001:db8::7", "/128"],
])("%s is revealed as one", (_, plain, length) => {
  const hidden = formatIp(mask.addresses.hide(ipForTest(plain)));
  expect(revealText(`${hidden}${length}`, mask)).toBe(`${plain}${length}`);
});

test.each([
  ["a block", "198.51.100.0/24"],
  ["an address in a sentence", "it went to 198.51.100.7, then on to 2001:db8::7."],
  ["a port behind it", "198.51.100.7:443 and [2001:db8::7]:443"],
])("%s reads as before", (_, plain) => {
  const hidden = plain.replaceAll(/198\.51\.100\.\d+(\/24)?|2001:db8::7/g, (found, length: string | undefined) => {
    const { family, value } = mask.addresses.hide(ipForTest(found.replace("/24", "")));
    if (length === undefined) return formatIp({ family, value });
    return `${formatIp({ family, value: (value >> 8n) << 8n })}/24`;
  });
  expect(hidden).not.toBe(plain);
  expect(revealText(hidden, mask)).toBe(plain);
});

test("what is neither token nor address stays", () => {
  const text =
    "at 12:34:56 zp, zpeople, version 1.2.3, 169.254.169.254, ::1, 198.51.100.0/33, zp0123456789abcdefgh, 300.1.1.1";
  expect(revealText(text, mask)).toBe(text);
});
