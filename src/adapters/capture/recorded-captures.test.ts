import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { tellsForTest } from "../../pipeline/sources/packets/capture-words.test-support.ts";
import { DnsMessage, readDnsMessage } from "../../pipeline/sources/packets/dns-message.ts";
import { nodeInitialCrypto } from "./node-initial-crypto.ts";

const recorded = fileURLToPath(new URL("../../../../shared/data/pcap/", import.meta.url));

function capture(name: string): Uint8Array {
  const bytes = readFileSync(join(recorded, name));
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

test.runIf(existsSync(recorded))("every recorded capture tells its connections and names, in any pieces", () => {
  const told = Object.fromEntries(
    readdirSync(recorded)
      .toSorted()
      .map((name) => [name, tellsForTest(capture(name), { crypto: nodeInitialCrypto }, [1000, 1, 77])]),
  );
  expect(told).toMatchInlineSnapshot(`
    {
      "chrome-1250-tls-x25519-kyber.pcap": [
        "0.0.51.217:13783 → 142.250.200.14 tcp/443 is lh3.google.com by tls-sni",
        "0.0.51.217:13783 → 142.250.200.14 tcp/443 ×1 11475 B",
      ],
      "chrome-34-google.pcap": [
        "192.168.4.149:55881 → 74.125.239.152 tcp/443 is google.de by tls-sni",
        "192.168.4.149:55881 → 74.125.239.152 tcp/443 ×1 10298 B",
      ],
      "curl-8.1.2-dev-http3-www-google-de.pcap": [
        "172.17.0.2:34347 → 64.233.166.94 udp/443 is www.google.de by tls-sni",
        "172.17.0.2:34347 → 64.233.166.94 udp/443 ×1 31368 B",
      ],
      "dns-svcb.pcap": [
        "127.0.0.1:57549 → 127.0.0.1 udp/53 ×1 179 B",
      ],
      "dns-two-responses.pcap": [
        "55.247.223.174 was told www.cmu.edu = www-cmu.andrew.cmu.edu = www-cmu-2.andrew.cmu.edu = 128.2.10.163 for 5 s",
        "55.247.223.174:27285 → 222.195.43.124 udp/53 ×1 892 B",
      ],
      "dns53.pcap": [
        "10.20.1.31 was told us.v27.distributed.net = 206.109.64.186 216.1.205.81 205.149.163.211 134.53.131.135 134.53.131.192 128.104.18.148 204.152.186.139 63.77.33.226 for 900 s",
        "10.20.1.31:53 → 207.158.192.40 udp/53 ×1 461 B",
      ],
      "max-compression-depth.pcap": [
        "1.2.3.4:12345 → 5.6.7.8 udp/53 ×1 160 B unknown opener",
      ],
      "quic-multiple-initial-fragmented-crypto.pcap": [
        "2a0a:4587:2030:817:656b:fb57:5125:cb8f:45945 → 2a00:1450:4001:827::2002 udp/443 is googleads.g.doubleclick.net by tls-sni",
        "2a0a:4587:2030:817:656b:fb57:5125:cb8f:45945 → 2a00:1450:4001:827::2002 udp/443 ×1 15137 B",
      ],
      "tls-fragmented-handshake.pcap.gz": [
        "192.168.6.86:61454 → 104.236.167.107 tcp/4433 is 104.236.167.107 by tls-sni",
        "192.168.6.86:61454 → 104.236.167.107 tcp/4433 ×1 362017 B",
      ],
      "tls1.2.pcap": [
        "10.0.0.80:56637 → 68.233.76.12 tcp/443 ×1 7917 B",
      ],
      "tls13_wolfssl.pcap": [
        "192.168.186.133:43056 → 192.168.186.134 tcp/9090 ×1 2745 B",
      ],
    }
  `);
});

test.runIf(existsSync(recorded))("names compressed as deep as can be are read", () => {
  const message = new DnsMessage();
  // Behind the headers of the capture, its one packet, Ethernet, IPv4 and UDP.
  expect(readDnsMessage(capture("max-compression-depth.pcap").subarray(24 + 16 + 14 + 20 + 8), false, message)).toBe(
    "read",
  );
  expect([message.question, message.addressCount]).toEqual(["a", 7]);
});

test.runIf(existsSync(recorded))("recorded captures that were damaged are read as far as they go", () => {
  const captures = readdirSync(recorded).map((name) => capture(name).slice(0, 40_000));
  const place = fc.oneof(fc.nat(300), fc.nat(39_999));
  fc.assert(
    fc.property(
      fc.constantFrom(...captures),
      fc.array(fc.tuple(place, fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xc0, 0xff))), {
        maxLength: 12,
      }),
      fc.array(fc.tuple(place, place, fc.nat(200)), { maxLength: 2 }),
      fc.nat(39_999),
      (whole, changes, copies, length) => {
        const bytes = whole.slice(0, 24 + length);
        for (const [from, to, count] of copies) bytes.copyWithin(to, from, from + count);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        // A packet has at least sixteen bytes, and can tell of a connection, a name and an error.
        expect(tellsForTest(bytes, { crypto: nodeInitialCrypto }, [7000]).length).toBeLessThan(3 + bytes.length / 4);
      },
    ),
    { numRuns: 200 },
  );
});
