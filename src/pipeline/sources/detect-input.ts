import { fail, ok, type Result } from "../../core/result.ts";
import { DocumentFramer } from "./document-framer.ts";
import type { FlowFormat } from "./flow-format.ts";
import { json, JsonScanner, scanPadding } from "./json-projection.ts";
import { readNetobservCsvHeader } from "./netobserv/csv.ts";
import { captureFormatOf } from "./packets/capture-framer.ts";
import { columnNames, columns } from "./plain/columns.ts";
import { type CsvHeader, readCsvHeader } from "./plain/csv.ts";
import { utf8Text } from "./text-bytes.ts";

/** How an input is to be read. */
export interface DetectedInput {
  readonly format: FlowFormat;
  /** One record a line, a JSON document that must be cut into records first, or a capture of packets. */
  readonly framing: "lines" | "document" | "packets";
  readonly csv: CsvHeader | undefined;
}

export type DetectError =
  | { readonly code: "binary"; readonly saw: string }
  | { readonly code: "unknown_format"; readonly saw: string };

/** Bytes of an input that detection wants to see. */
export const detectionBytes = 64 << 10;
/** Broken or unrelated lines at the start are looked past, up to here. */
const maxProbes = 64;

const slot = {
  netobserv: 0,
  hubble: 1,
  message: 2,
  destination: 3,
  answer: 4,
  status: 5,
  source: 6,
  calico: 7,
  line: 8,
} as const;
const probe = new JsonScanner(
  {
    ...Object.fromEntries(
      [...columns.destination].flatMap((alias) => [
        [alias, slot.destination],
        [alias.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), slot.destination],
      ]),
    ),
    ...Object.fromEntries(
      ["SrcAddr", "DstAddr", "TimeFlowEndMs", "SrcK8S_Namespace", "SrcK8S_Type"].map((key) => [key, slot.netobserv]),
    ),
    ...Object.fromEntries(
      ["flow", "IP", "lost_events", "node_status", "traffic_direction"].map((key) => [key, slot.hubble]),
    ),
    ...Object.fromEntries(["source_name_aggr", "dest_name_aggr", "num_flows_started"].map((key) => [key, slot.calico])),
    _source: { source_name_aggr: slot.calico, dest_name_aggr: slot.calico },
    message: slot.message,
    MESSAGE: slot.message,
    log: slot.message,
    data: slot.answer,
    streams: slot.answer,
    status: slot.status,
    line: slot.line,
  },
  Object.keys(slot).length,
);

/**
 * What an input is, from its first bytes (as many as `detectionBytes`, or all). `wanted` overrides the format; the
 * framing is always looked at. Blank, broken and unrelated lines at the start do not matter.
 */
export function detectInput(head: Uint8Array, wanted?: FlowFormat): Result<DetectedInput, DetectError> {
  if (captureFormatOf(head) !== undefined && (wanted === undefined || wanted === "capture")) {
    return ok({ format: "capture", framing: "packets", csv: undefined });
  }
  const binary = nameOfBinary(head);
  if (binary !== undefined) return fail({ code: "binary", saw: binary });
  if (wanted === "capture") return fail({ code: "unknown_format", saw: "no capture" });
  // A zero byte alone is no proof: a log that was cut while it was written begins with many.
  if (head.includes(0) && !detectText(head, undefined).ok) return fail({ code: "binary", saw: "binary data" });
  return detectText(head, wanted);
}

function detectText(head: Uint8Array, wanted: FlowFormat | undefined): Result<DetectedInput, DetectError> {
  const start = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  const lines = wholeLines(head.subarray(start));
  const first = lines.find((line) => line.some((c) => c > 0x20));
  if (first === undefined)
    return wanted === undefined ? fail({ code: "unknown_format", saw: "only blank lines" }) : ok(plainLines(wanted));
  const opening = first.find((c) => c > 0x20);
  const heading = opening === 0x7b || opening === 0x5b ? "" : utf8Text(first, 0, first.length);
  const exported = wanted === undefined || wanted === "netobserv" ? readNetobservCsvHeader(heading) : undefined;
  if (exported !== undefined) return ok({ format: "netobserv", framing: "lines", csv: exported });
  const csv = readCsvHeader(heading);
  if (csv !== undefined && (wanted === undefined || wanted === "plain")) {
    return ok({ format: "plain", framing: "lines", csv });
  }

  const found = lines.slice(0, maxProbes).map(formatOfLine);
  const isAnswer = found.includes("answer");
  const format = found.find((one) => one !== undefined && one !== "answer" && one !== "other");
  if (!isAnswer && opening !== 0x5b && format !== undefined) return ok(plainLines(wanted ?? format));

  if (isWithoutRecords(head.subarray(start))) {
    return ok({ format: wanted ?? "netobserv", framing: "document", csv: undefined });
  }

  const inside = isAnswer || opening === 0x5b || opening === 0x7b ? recordsOf(head.subarray(start)) : [];
  const formatInside = inside.map(formatOfLine).find((one) => one !== undefined && one !== "answer" && one !== "other");
  const isDocument = inside.length > 0 && (isAnswer || opening === 0x5b || !found.includes("other"));
  if (wanted !== undefined) {
    return ok({
      format: wanted,
      framing: isDocument || isAnswer || opening === 0x5b ? "document" : "lines",
      csv: undefined,
    });
  }
  if (formatInside !== undefined) return ok({ format: formatInside, framing: "document", csv: undefined });
  return fail({
    code: "unknown_format",
    saw: describe(inside[0] ?? first, isAnswer || (opening === 0x7b && inside.length > 0 && inside[0]![0] !== 0x7b)),
  });
}

/** What a query without results answers: an empty list, or Loki's `streams` without any. */
function isWithoutRecords(head: Uint8Array): boolean {
  const text = utf8Text(head, 0, Math.min(head.length, 4096));
  if (head.length < 4096 && /^\s*\[\s*\]\s*$/.test(text)) return true;
  return /^\s*\{/.test(text) && /"resultType"\s*:\s*"streams"/.test(text) && /"result"\s*:\s*\[\s*\]/.test(text);
}

function plainLines(format: FlowFormat): DetectedInput {
  return { format, framing: "lines", csv: undefined };
}

/** The lines that can be seen whole; the last one counts when it is the only one. */
function wholeLines(head: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let from = 0;
  for (let end = head.indexOf(0x0a); end >= 0; end = head.indexOf(0x0a, from)) {
    lines.push(head.subarray(from, end));
    from = end + 1;
  }
  if (from < head.length) lines.push(head.subarray(from));
  return lines;
}

function recordsOf(head: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  const framer = new DocumentFramer((line) => {
    if (records.length < maxProbes) records.push(line.subarray(0, -1));
  });
  framer.push(head);
  return records;
}

/** `other` is a whole JSON object that is none of ours; undefined a line that is no JSON object and no log line. */
function formatOfLine(line: Uint8Array): FlowFormat | "answer" | "other" | undefined {
  const bytes = new Uint8Array(line.length + scanPadding + 1);
  bytes.set(line);
  bytes[line.length] = 0x0a;
  let at = 0;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
  if (bytes[at] !== 0x7b)
    return utf8Text(line, 0, Math.min(line.length, 512)).includes("acl_log") ? "ovn-acl" : undefined;
  if (probe.scan(bytes, new DataView(bytes.buffer), at) < 0) return undefined;
  const has = (index: number): boolean => probe.kind[index] !== json.absent;
  if (has(slot.netobserv)) return "netobserv";
  if (has(slot.line) && /(?:SrcAddr|DstAddr|TimeFlowEndMs)\\?"/.test(probe.text(bytes, slot.line))) return "netobserv";
  if (has(slot.hubble)) return "hubble";
  if (has(slot.calico)) return "calico";
  if (has(slot.message) && probe.text(bytes, slot.message).includes("acl_log")) return "ovn-acl";
  if (probe.kind[slot.answer] === json.object || probe.kind[slot.answer] === json.array) return "answer";
  return has(slot.destination) ? "plain" : "other";
}

function describe(line: Uint8Array, isAnswer: boolean): string {
  if (isAnswer) return "an answer without flow records (metrics?)";
  const text = utf8Text(line, 0, Math.min(line.length, 4096)).trim();
  const keys = text.startsWith("{") ? [...text.matchAll(/"([^"\\]{1,40})"\s*:/g)].map(([, key]) => `\`${key}\``) : [];
  if (keys.length > 0) return `a JSON object with ${keys.slice(0, 5).join(", ")}`;
  const shown = text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 60);
  return `\`${shown}${text.length > 60 ? "…" : ""}\``;
}

const magics: readonly (readonly [string, readonly number[]])[] = [
  ["a packet capture", [0xa1, 0xb2, 0xc3, 0xd4]],
  ["a packet capture", [0xd4, 0xc3, 0xb2, 0xa1]],
  ["a packet capture", [0xa1, 0xb2, 0x3c, 0x4d]],
  ["a packet capture", [0x4d, 0x3c, 0xb2, 0xa1]],
  ["a packet capture", [0x0a, 0x0d, 0x0d, 0x0a]],
  ["a SQLite database", [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65]],
  ["a zip archive", [0x50, 0x4b, 0x03, 0x04]],
  ["a Parquet file", [0x50, 0x41, 0x52, 0x31]],
  ["UTF-16, which must be saved as UTF-8 first", [0xff, 0xfe]],
  ["UTF-16, which must be saved as UTF-8 first", [0xfe, 0xff]],
];

function nameOfBinary(head: Uint8Array): string | undefined {
  return magics.find(([, magic]) => magic.every((byte, i) => head[i] === byte))?.[0];
}

/** For messages: the formats and their documented first columns. */
export const acceptedFormats =
  "NetObserv flow JSON, Hubble JSON, Calico flow logs, OVN ACL audit logs, packet captures (pcap, pcapng), and the plain form " +
  `(JSON lines or CSV with ${columnNames
    .slice(1, 3)
    .map((name) => `\`${name}\``)
    .join(", ")}, \`destination\`, \`port\`)`;
