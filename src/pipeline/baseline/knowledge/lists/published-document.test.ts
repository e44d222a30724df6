import { expect, test } from "vitest";
import { formatCidr } from "../../../../core/net/ip-set.ts";
import { parsePublishedDocument } from "./published-document.ts";
import { isRangeText, parseRangeText } from "./range-text.ts";

type Parsed = ReturnType<typeof parsePublishedDocument>;

/** One line per group, and the date of the list. */
function say(parsed: Parsed): readonly string[] {
  if (!parsed.ok) return [[parsed.error.message, parsed.error.place].filter((part) => part !== undefined).join(" at ")];
  const { groups, asOfMs } = parsed.value;
  const date = asOfMs === undefined ? "no date" : new Date(asOfMs).toISOString();
  const lines = groups.map(({ provider, service, region, cidrs }) =>
    [provider, service || "-", region || "-", ...cidrs.map(formatCidr)].join(" "),
  );
  return [...lines, date];
}

const documents: Readonly<Record<string, readonly [unknown, readonly string[]]>> = {
  "AWS ip-ranges.json": [
    {
      syncToken: "1763632800",
      createDate: "2025-11-20-10-00-00",
      prefixes: [
        { ip_prefix: "192.0.2.0/25", region: "eu-west-1", service: "AMAZON", network_border_group: "eu-west-1" },
        { ip_prefix: "192.0.2.0/25", region: "eu-west-1", service: "S3", network_border_group: "eu-west-1" },
        { ip_prefix: "192.0.2.128/25", region: "eu-west-1", service: "S3", network_border_group: "eu-west-1" },
        { ip_prefix: "198.51.100.0/24", region: "GLOBAL", service: "CLOUDFRONT", network_border_group: "GLOBAL" },
      ],
      ipv6_prefixes: [{ ipv6_prefix: "2001:db8::/32", region: "eu-west-1", service: "S3" }],
    },
    [
      "Amazon AMAZON eu-west-1 192.0.2.0/25",
      "Amazon CLOUDFRONT - 198.51.100.0/24",
      "Amazon S3 eu-west-1 192.0.2.0/24 2001:db8::/32",
      "2025-11-20T10:00:00.000Z",
    ],
  ],
  "Google cloud.json": [
    {
      syncToken: "1763632800123",
      creationTime: "2025-11-20T10:00:00.123456",
      prefixes: [
        { ipv4Prefix: "192.0.2.0/24", service: "Google Cloud", scope: "europe-west1" },
        { ipv6Prefix: "2001:db8::/44", service: "Google Cloud", scope: "global" },
      ],
    },
    ["Google Cloud - - 2001:db8::/44", "Google Cloud - europe-west1 192.0.2.0/24", "2025-11-20T10:00:00.123Z"],
  ],
  "Google goog.json": [
    {
      syncToken: "1763632800123",
      creationTime: "2025-11-20T10:00:00.123456",
      prefixes: [{ ipv4Prefix: "192.0.2.0/24" }],
    },
    ["Google - - 192.0.2.0/24", "2025-11-20T10:00:00.123Z"],
  ],
  "Azure service tags": [
    {
      changeNumber: 300,
      cloud: "Public",
      values: [
        {
          name: "Storage.WestEurope",
          id: "Storage.WestEurope",
          properties: {
            changeNumber: 19,
            region: "westeurope",
            platform: "Azure",
            systemService: "AzureStorage",
            addressPrefixes: ["192.0.2.0/28", "2001:db8::/48"],
          },
        },
      ],
    },
    ["Azure Storage westeurope 192.0.2.0/28 2001:db8::/48", "no date"],
  ],
  "Oracle public_ip_ranges.json": [
    {
      last_updated_timestamp: "2025-11-20T10:00:00.123456",
      regions: [{ region: "eu-frankfurt-1", cidrs: [{ cidr: "192.0.2.0/24", tags: ["OSN", "OBJECT_STORAGE"] }] }],
    },
    [
      "Oracle OBJECT_STORAGE eu-frankfurt-1 192.0.2.0/24",
      "Oracle OSN eu-frankfurt-1 192.0.2.0/24",
      "2025-11-20T10:00:00.123Z",
    ],
  ],
  "GitHub meta": [
    {
      verifiable_password_authentication: false,
      ssh_keys: ["ssh-ed25519 AAAA"],
      hooks: ["192.0.2.0/24"],
      web: ["192.0.2.0/24"],
      git: ["198.51.100.1/32", "2001:db8::/48"],
      domains: { website: ["*.github.com"] },
    },
    [
      "GitHub git - 198.51.100.1/32 2001:db8::/48",
      "GitHub hooks - 192.0.2.0/24",
      "GitHub web - 192.0.2.0/24",
      "no date",
    ],
  ],
  "Cloudflare's API": [
    { result: { ipv4_cidrs: ["192.0.2.0/24"], ipv6_cidrs: ["2001:db8::/32"], etag: "x" }, success: true },
    ["Cloudflare - - 192.0.2.0/24 2001:db8::/32", "no date"],
  ],
  "Fastly's list": [
    { addresses: ["192.0.2.0/24"], ipv6_addresses: ["2001:db8::/32"] },
    ["Fastly - - 192.0.2.0/24 2001:db8::/32", "no date"],
  ],
  "our own form": [
    {
      provider: "Bank",
      asOf: "2026-11-01",
      cidrs: ["192.0.2.1"],
      groups: [{ service: "api", region: "eu", cidrs: ["198.51.100.0/24"] }],
    },
    ["Bank - - 192.0.2.1/32", "Bank api eu 198.51.100.0/24", "2026-11-01T00:00:00.000Z"],
  ],
  "another document": [
    { hello: "world" },
    [
      "it is none of the lists that are known (AWS, Google, Azure service tags, Oracle, GitHub meta, Cloudflare, Fastly); " +
        "write `provider:` and `cidrs:`, or one CIDR block per line",
    ],
  ],
  "a block that is none": [
    { provider: "x", cidrs: ["192.0.2.0/24", "192.0.2.0/33"] },
    ["`192.0.2.0/33` is not a CIDR block at cidrs[1]"],
  ],
  "a block of everything": [
    { provider: "x", cidrs: ["0.0.0.0/0"] },
    ["`0.0.0.0/0` is more than any list can mean; take it out, or write the blocks inside it at cidrs[0]"],
  ],
  "no blocks": [{ provider: "x" }, ["it has no blocks"]],
};

test.each(Object.entries(documents))("%s", (_, [document, expected]) => {
  expect(say(parsePublishedDocument(document))).toEqual(expected);
});

test.each([
  [
    "Cloudflare's text: blocks alone, named by the file",
    "192.0.2.0/24\n2001:db8::/32\n",
    ["ips - - 192.0.2.0/24 2001:db8::/32", "no date"],
  ],
  [
    "comments may say whose it is and from when",
    "# provider: Bank\n# last updated: 2026-11-20\n\n192.0.2.0/24 # web\n192.0.2.1\n",
    ["Bank - - 192.0.2.0/24", "2026-11-20T00:00:00.000Z"],
  ],
  ["a line that is no block", "192.0.2.0/24\nhello\n", ["`hello` is not a CIDR block at line 2"]],
  ["a line with more than a block", "192.0.2.0/24,eu\n", ["`192.0.2.0/24,eu` is not one CIDR block at line 1"]],
  ["host bits are cut off, as the cluster does", "192.0.2.7/24", ["ips - - 192.0.2.0/24", "no date"]],
])("%s", (_, text, expected) => expect(say(parseRangeText(text, "ips"))).toEqual(expected));

test.each([
  ["# comment\n\n192.0.2.0/24\n", true],
  ["2001:db8::/32", true],
  ["0.0.0.0/0", true],
  ["provider: x\n", false],
  ["", false],
])("%j is a plain list: %s", (text, expected) => expect(isRangeText(text)).toBe(expected));
