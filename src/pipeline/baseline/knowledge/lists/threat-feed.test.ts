import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatCidr } from "../../../../core/net/ip-set.ts";
import { formatNamePattern } from "../../../../core/net/name-pattern.ts";
import { parseThreatFeed } from "./threat-feed.ts";

function say(text: string): readonly string[] {
  const parsed = parseThreatFeed(text, "my list");
  if (!parsed.ok) return [`${parsed.error.message} at ${parsed.error.place ?? ""}`];
  const { title, asOfMs, entries, unsafe, notUnderstood } = parsed.value;
  const counts = [unsafe === 0 ? "" : `${unsafe} unsafe`, notUnderstood === 0 ? "" : `${notUnderstood} not understood`];
  return [
    [title, asOfMs === undefined ? "" : new Date(asOfMs).toISOString(), ...counts]
      .filter((part) => part !== "")
      .join(", "),
    ...entries.map(({ to, about }) =>
      [to.kind === "block" ? formatCidr(to.cidr) : formatNamePattern(to.pattern), about].join(" ").trim(),
    ),
  ];
}

const feeds: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  "Feodo Tracker's CSV": [
    `################################################################
# abuse.ch Feodo Tracker Botnet C2 IP Blocklist (CSV)          #
# Last updated: 2026-11-20 10:00:00 UTC                        #
################################################################
#
"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"
"2026-11-01 00:00:00","203.0.113.9","443","online","2026-11-20","Emotet"
# END 1 entries`,
    ["Feodo Tracker, 2026-11-20T10:00:00.000Z", "203.0.113.9/32 Emotet"],
  ],
  "a feed without entries": ["# abuse.ch Feodo Tracker\n# END 0 entries\n", ["Feodo Tracker"]],
  "ThreatFox's CSV, with its header in a comment and hashes between hosts": [
    `# ThreatFox IOCs: recent additions - CSV format
# Last updated: 2026-11-20 10:00:00 UTC
#
# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias","malware_printable"
"2026-11-19 09:00:00", "1", "203.0.113.9:8080", "ip:port", "botnet_cc", "win.x", "None", "Cobalt Strike"
"2026-11-19 09:00:00", "2", "evil.example", "domain", "botnet_cc", "win.x", "None", "Vidar"
"2026-11-19 09:00:00", "3", "d41d8cd98f00b204e9800998ecf8427e", "md5_hash", "payload", "win.x", "None", "Vidar"
"2026-11-19 09:00:00", "4", "e41d8cd98f00b204e9800998ecf8427e", "md5_hash", "payload", "win.x", "None", "Vidar"
"2026-11-19 09:00:00", "5", "f41d8cd98f00b204e9800998ecf8427e", "md5_hash", "payload", "win.x", "None", "Vidar"`,
    ["ThreatFox, 2026-11-20T10:00:00.000Z, 3 not understood", "203.0.113.9/32 Cobalt Strike", "evil.example Vidar"],
  ],
  "URLhaus' CSV": [
    `# abuse.ch URLhaus Database Dump (CSV - recent URLs only)
# Last updated: 2026-11-20 10:00:00 (UTC)
# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter
"1","2026-11-19 09:00:00","http://203.0.113.9:8080/a,b.sh","online","2026-11-20","malware_download","elf,mirai","https://urlhaus.abuse.ch/url/1/","x"
"2","2026-11-19 09:00:00","https://user@evil.example/x","online","2026-11-20","malware_download","","https://urlhaus.abuse.ch/url/2/","x"`,
    ["URLhaus, 2026-11-20T10:00:00.000Z", "203.0.113.9/32 malware_download", "evil.example malware_download"],
  ],
  "Spamhaus DROP as text": [
    "; Spamhaus DROP List 2026/11/20\n; Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT\n203.0.113.0/24 ; SBL256894\n",
    ["Spamhaus DROP, 2026-11-20T10:00:00.000Z", "203.0.113.0/24 SBL256894"],
  ],
  "Spamhaus DROP as JSON lines": [
    '{"cidr":"203.0.113.0/24","sblid":"SBL1","rir":"apnic"}\n{"type":"metadata","timestamp":1763632800,"records":1}\n',
    ["my list, 2025-11-20T10:00:00.000Z", "203.0.113.0/24 SBL1"],
  ],
  "plain addresses, names and URLs": [
    "203.0.113.9\n2001:db8:bad::/48 # net\n[2001:db8::5]:443\nEvil.example.\n*.worse.example\n.worst.example\nhttps://x.example/a\n",
    [
      "my list",
      "203.0.113.9/32",
      "2001:db8:bad::/48 net",
      "2001:db8::5/128",
      "evil.example",
      "*.worse.example",
      "*.worst.example",
      "x.example",
    ],
  ],
  "a hosts file": [
    "# hosts\n0.0.0.0 evil.example\n127.0.0.1 worse.example\n",
    ["my list", "evil.example", "worse.example"],
  ],
  "what would forbid one's own network is passed over": [
    "10.0.0.0/8\n0.0.0.0/0\n192.168.1.1\n::1\n203.0.113.9\n",
    ["my list, 4 unsafe", "203.0.113.9/32"],
  ],
  "something else": [
    "<html>\n<body>sorry</body>\n",
    [
      "`<html>` is no address, CIDR block, name or URL; give a threat feed, one entry per line, or CSV with a header at line 1",
    ],
  ],
};

test.each(Object.entries(feeds))("%s", (_, [text, expected]) => expect(say(text)).toEqual(expected));

test("any text is a feed or an error, never more", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom('"', ",", "\n", "#", ";", "{", "203.0.113.9", "ioc_value,x", "[::", "http://", "*."),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const parsed = parseThreatFeed(pieces.join(""), "x");
      expect(parsed.ok ? parsed.value.entries.length >= 0 : parsed.error.message.length > 0).toBe(true);
    }),
  );
});
