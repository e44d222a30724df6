import { expect, test } from "vitest";
import { edge } from "../../../../test/cli/made-up.ts";
import { formatDestinations } from "./destinations.ts";

const scan = ["22", "80", "443"].flatMap((port) => [`192.0.2.7 tcp/${port}`, `192.0.2.8 tcp/${port}`]);

test.each([
  ["one address", ["192.0.2.7 tcp/443"], "192.0.2.7 tcp/443"],
  ["one name", ["192.0.2.7 tcp/443 api.example.com"], "api.example.com (192.0.2.7) tcp/443"],
  [
    "a name at several addresses",
    ["192.0.2.7 tcp/443 api.example.com", "192.0.2.8 tcp/443 api.example.com"],
    "api.example.com tcp/443 (2 addresses)",
  ],
  ["a few", ["192.0.2.7 tcp/443", "2001:db8::7 icmp"], "192.0.2.7 tcp/443 and 2001:db8::7 icmp"],
  ["a scan", scan, "6 destinations in 192.0.2.7-192.0.2.8, tcp/22,80,443"],
  [
    "a scan of one machine",
    ["22", "80", "443", "8080", "8443"].map((port) => `192.0.2.7 tcp/${port}`),
    "5 destinations in 192.0.2.7, tcp/22,80,443,8080,8443",
  ],
  [
    "many with names",
    ["a", "b", "c", "d", "e"].map((letter, i) => `192.0.2.${i} tcp/443 ${letter}.example.com`),
    "a.example.com (192.0.2.0) tcp/443, b.example.com (192.0.2.1) tcp/443, c.example.com (192.0.2.2) tcp/443 and 2 more destinations",
  ],
  [
    "many that lie apart",
    ["1", "3", "5", "7", "9"].map((last) => `192.0.2.${last} tcp/443`),
    "192.0.2.1 tcp/443, 192.0.2.3 tcp/443, 192.0.2.5 tcp/443 and 2 more destinations",
  ],
] as const)("%s", (_title, destinations, words) => {
  expect(formatDestinations(destinations.map((text) => edge(`Deployment/web ${text}`, 1)))).toBe(words);
});
