import { quoted } from "../../../../core/quoted.ts";
import { ok, type Result } from "../../../../core/result.ts";
import type { ThreatFeed } from "../knowledge.ts";
import { csvFields } from "./csv-fields.ts";
import { readTarget } from "./feed-entry.ts";
import { listDate } from "./list-date.ts";
import { cut, type ListTrouble, mostEntries, trouble } from "./list-trouble.ts";

export interface ParsedFeed extends Omit<ThreatFeed, "source"> {
  /** Lines with an address that no feed can mean: private, loopback, or far too much. */
  readonly unsafe: number;
  /** Lines that are nothing known, hashes and the like. */
  readonly notUnderstood: number;
}

/** Which columns of a CSV say what, by the names that are in use; the first of each that is there. */
const targetColumns = [
  "dst_ip",
  "ioc_value",
  "url",
  "ip",
  "ip_address",
  "address",
  "cidr",
  "domain",
  "host",
  "hostname",
  "indicator",
];
const aboutColumns = ["malware_printable", "malware", "threat", "threat_type", "description"];
/** Feeds that say their name in their comments. */
const titles = ["Feodo Tracker", "ThreatFox", "URLhaus", "SSLBL", "Spamhaus DROP", "FireHOL"];

/** No host is that long, and no line of a feed either. */
const longestLine = 4096;

type Line = { readonly target: string; readonly about: string };

/**
 * A list of malicious addresses and names: one per line with `#`, `;` or `//` comments, a hosts file, CSV with a header line
 * (commented or not) as abuse.ch writes it, or JSON lines as Spamhaus writes them. Lines that are no host are counted and passed
 * over; a text that is mostly such lines is no feed. A feed without entries is fine: some days there are none.
 */
export function parseThreatFeed(text: string, title: string): Result<ParsedFeed, ListTrouble> {
  let columns: { readonly target: number; readonly about: number } | undefined;
  let asOfMs: number | undefined;
  let named: string | undefined;
  let unsafe = 0;
  let firstWrong: { readonly line: string; readonly at: number } | undefined;
  let notUnderstood = 0;
  const entries = new Map<string, ThreatFeed["entries"][number]>();
  for (const [at, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "") continue;
    if (line.length > longestLine) {
      notUnderstood += 1;
      firstWrong ??= { line, at };
      continue;
    }
    const comment = /^(?:[#;]|\/\/)+\s*(.*)$/.exec(line)?.[1];
    const header = columns === undefined ? columnsOf(comment ?? line) : undefined;
    if (header !== undefined) {
      columns = header;
      continue;
    }
    if (comment !== undefined) {
      named ??= titles.find((each) => comment.toLowerCase().includes(each.toLowerCase()));
      asOfMs ??= dateIn(comment);
      continue;
    }
    const json = line.startsWith("{") ? parseJson(line) : undefined;
    if (json?.type === "metadata") {
      asOfMs ??= listDate(json.timestamp);
      continue;
    }
    const own =
      json === undefined ? (columns === undefined ? plain(line) : fromColumns(line, columns)) : fromJson(json);
    const to = own.target === "" ? undefined : readTarget(own.target);
    if (to === "unsafe") unsafe += 1;
    else if (to === undefined) {
      notUnderstood += 1;
      firstWrong ??= { line, at };
    } else {
      if (entries.size >= mostEntries) {
        return trouble("list_too_long", `more than ${mostEntries.toLocaleString("en-US")} entries`, `line ${at + 1}`);
      }
      const key = own.target.toLowerCase();
      if (!entries.has(key)) entries.set(key, { to, about: cut(own.about) });
    }
  }
  // ThreatFox has as many hashes as hosts; a page of HTML has nothing but what is not understood.
  if (firstWrong !== undefined && (entries.size === 0 || (columns === undefined && notUnderstood > entries.size))) {
    const message = `${quoted(firstWrong.line)} is no address, CIDR block, name or URL; give a threat feed, one entry per line, or CSV with a header`;
    return trouble("list_format", message, `line ${firstWrong.at + 1}`);
  }
  return ok({ title: named ?? cut(title), asOfMs, entries: [...entries.values()], unsafe, notUnderstood });
}

function columnsOf(line: string): { readonly target: number; readonly about: number } | undefined {
  if (!line.includes(",")) return undefined;
  const names = csvFields(line).map((name) => name.toLowerCase());
  const target = targetColumns.map((name) => names.indexOf(name)).find((place) => place >= 0);
  if (target === undefined) return undefined;
  return { target, about: aboutColumns.map((name) => names.indexOf(name)).find((place) => place >= 0) ?? -1 };
}

function fromColumns(line: string, { target, about }: { readonly target: number; readonly about: number }): Line {
  const fields = csvFields(line);
  return { target: fields[target] ?? "", about: fields[about] ?? "" };
}

/** `192.0.2.0/24 ; SBL256894`, `0.0.0.0 evil.example` of a hosts file. */
function plain(line: string): Line {
  const mark = line.search(/[#;]|\s\/\//);
  const own = mark < 0 ? line : line.slice(0, mark);
  const about = mark < 0 ? "" : line.slice(mark).replace(/^[#;\s/]+/, "");
  const words = own.trim().split(/[\s,]+/);
  if (words.length === 2 && /^(0\.0\.0\.0|127\.0\.0\.1|::1?)$/.test(words[0]!)) return { target: words[1]!, about };
  return { target: words.length === 1 ? words[0]! : "", about };
}

function fromJson(json: Readonly<Record<string, unknown>>): Line {
  const target = targetColumns.map((name) => json[name]).find((value) => typeof value === "string") ?? "";
  const about =
    [json.sblid, ...aboutColumns.map((name) => json[name])].find((value) => typeof value === "string") ?? "";
  return { target, about };
}

function parseJson(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function dateIn(comment: string): number | undefined {
  const [, date = ""] = /(?:updated|modified|generated|date)\s*:\s*([^#]+)/i.exec(comment.slice(0, 200)) ?? [];
  return listDate(date);
}
