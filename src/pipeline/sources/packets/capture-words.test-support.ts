import { formatIp } from "../../../core/net/ip.ts";
import { type Observation, observed, opener, verdict } from "../observation.ts";
import { CaptureDecoder, type CaptureOptions, hourlyReportMs } from "./capture-decoder.ts";
import { type CaptureLimits, defaultCaptureLimits } from "./capture-limits.ts";

const protocols: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6", 132: "sctp" };
/** Tests open hundreds of captures: room for few connections is made in no time. */
const limits: CaptureLimits = { ...defaultCaptureLimits, connections: 2048 };
const origins = ["flow", "dns-answer", "tls-sni"];

function ipText(family: number, words: Uint32Array, at = 0): string {
  if (family === 0) return "nowhere";
  if (family === 4) return formatIp({ family: 4, value: BigInt(words[at]!) });
  let value = 0n;
  for (let word = 0; word < 4; word += 1) value = (value << 32n) | BigInt(words[at + word]!);
  return formatIp({ family: 6, value });
}

const textOf = (o: Observation, from: number, to: number): string =>
  Buffer.from(o.bytes.subarray(from, to)).toString("latin1");

/** `10.0.0.1:40000 → 198.51.100.7 tcp/443 ×1 120 B`, `… is a.example by tls-sni`, `10.0.0.1 was told a.example is …`. */
export function wordsOf(o: Observation): string {
  const name = o.nameCount === 0 ? "" : textOf(o, o.nameFrom[0]!, o.nameTo[0]!);
  if (o.what === observed.dnsAnswer) {
    const chain = Array.from({ length: o.chainCount }, (_, i) => `${textOf(o, o.chainFrom[i]!, o.chainTo[i]!)} = `);
    const found = Array.from({ length: o.answerCount }, (_, i) => ipText(o.answerFamily[i]!, o.answers, 4 * i));
    return `${ipText(o.sourceFamily, o.source)} was told ${name} = ${chain.join("")}${found.join(" ")} for ${o.ttlSeconds} s`;
  }
  if (o.what === observed.lostEvents) return `${o.lost} lost`;
  const port = o.destinationPort < 0 ? "" : `/${o.destinationPort}`;
  const source = `${ipText(o.sourceFamily, o.source)}${o.sourcePort < 0 ? "" : `:${o.sourcePort}`}`;
  const ends = `${source} → ${ipText(o.destinationFamily, o.destination)} ${protocols[o.protocol] ?? o.protocol}${port}`;
  if (o.what === observed.names) return `${ends} is ${name} by ${origins[o.nameOrigin]}`;
  if (o.what === observed.proxied) return `${ends} was asked for ${name}`;
  const known = o.opener === opener.source ? "" : " unknown opener";
  const answered = o.verdict === verdict.unanswered ? " unanswered" : "";
  return `${ends} ×${o.flows} ${o.byteCount} B${known}${answered}`;
}

/** What a capture tells, a line each, in the order of telling; `pieces` are the sizes in which it is pushed, by turns. */
export function tellsForTest(
  capture: Uint8Array,
  options: Partial<CaptureOptions> = {},
  pieces: readonly number[] = [1 << 20],
): readonly string[] {
  const told: string[] = [];
  const decoder = new CaptureDecoder(
    { take: (o) => void told.push(wordsOf(o)), malformed: (error, at) => void told.push(`${error} at ${at}`) },
    { crypto: undefined, reportMs: hourlyReportMs, limits, ...options },
  );
  for (let at = 0, turn = 0; at < capture.length; turn += 1) {
    const size = pieces[turn % pieces.length]!;
    decoder.push(capture.subarray(at, at + size));
    at += size;
  }
  if (decoder.finish()) told.push("cut off");
  return told;
}
