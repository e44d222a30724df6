import { aclLog, isBlocked } from "./acl-log.ts";
import { clusterDump } from "./cluster-dump.ts";
import { dnsEvidence } from "./dns-evidence.ts";
import { irregularTraffic } from "./irregular.ts";
import { flowLines, type FlowLine } from "./netobserv.ts";
import { workers } from "./nodes.ts";
import { podsOfTheWeek } from "./pods.ts";
import { randomFrom, type Random } from "./random.ts";
import { sightingsOf } from "./sightings.ts";
import { surroundings } from "./surroundings.ts";
import { ordinaryTraffic } from "./traffic.ts";
import { dayMs, weekStartMs } from "./week.ts";

export interface SampleFile {
  /** Relative to the sample's folder; the ending says how it is packed. */
  readonly path: string;
  /** Unpacked. */
  readonly text: string;
}

export const committedSeed = "a small shop";

/** All generated files of the sample. The same seed gives the same text. */
export function shopSample(seed: string): readonly SampleFile[] {
  const random = randomFrom(seed);
  const pods = podsOfTheWeek(random.fork("pods"));
  const calls = [...ordinaryTraffic(pods, random.fork("traffic")), ...irregularTraffic(pods, random.fork("irregular"))];
  const sightings = [
    ...calls.flatMap((call) => sightingsOf(call, isBlocked(call))),
    ...surroundings(pods, calls, random.fork("surroundings")),
  ];
  const delays = random.fork("collector");
  const lines = sightings.flatMap((sighting) => flowLines(sighting, delays));
  return [
    ...[...clusterDump(pods)].map(([name, text]) => ({ path: `cluster/${name}`, text })),
    ...flowFiles(lines, random.fork("damage")),
    ...workers.map((node) => ({ path: `flows/acl-audit-log.${node.name}.log.gz`, text: aclLog(node, calls) })),
    { path: "flows/dns-evidence.jsonl", text: dnsEvidence(calls) },
  ];
}

/** A file for each day, in the order records were received, with the damage that files of the field have. */
function flowFiles(lines: readonly FlowLine[], random: Random): readonly SampleFile[] {
  const days: FlowLine[][] = [[], [], [], [], [], [], []];
  for (const line of lines) {
    const day = Math.min(6, Math.floor((line.receivedMs - weekStartMs) / dayMs));
    days[day]?.push(line);
  }
  return days.map((records, day) => {
    const texts = records
      .sort((a, b) => a.receivedMs - b.receivedMs || (a.text < b.text ? -1 : 1))
      .map(({ text }) => text);
    for (const damage of damages[day] ?? []) {
      const position = random.int(100, texts.length - 100);
      texts.splice(position, 0, damage(texts[position] ?? ""));
    }
    const date = new Date(weekStartMs + day * dayMs).toISOString().slice(0, 10);
    const text = `${texts.join("\n")}\n`;
    return { path: `flows/netobserv-${date}.jsonl.zst`, text: day === 6 ? text.slice(0, -317) : text };
  });
}

/** What can stand in place of a record, by day. The last line of the last day is cut as well. */
const damages: Readonly<Record<number, readonly ((record: string) => string)[]>> = {
  1: [(record) => record.slice(0, 211), (record) => record.slice(640)],
  3: [
    () => 'time="2026-03-05T10:00:02Z" level=warning msg="consumer group is rebalancing" topic=netobserv-flows-export',
  ],
  4: [() => "", (record) => `${record}${record}`, () => "null"],
};
