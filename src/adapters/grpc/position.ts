import { z } from "zod";

/** What is known of a node's events; see `SeenEvents`. Identities have 48 bits. */
export interface NodePosition {
  readonly name: string;
  readonly markUs: number;
  readonly olderUs: number;
  readonly currentUs: number;
  readonly leadUs: number | undefined;
  readonly older: ReadonlySet<number>;
  readonly current: ReadonlySet<number>;
}

export interface Position {
  /** From where to ask. */
  readonly sinceUs: number;
  /** Of nodes that are not listed, everything up to here was taken. */
  readonly restUs: number;
  readonly nodes: readonly NodePosition[];
}

/** A position may have 64 KiB. */
const room = 60_000;
const idBytes = 6;
const idRoom = 8;

const timeUs = z.int().min(-1);
const wire = z.strictObject({
  v: z.literal(1),
  since: timeUs,
  rest: timeUs,
  nodes: z.array(z.tuple([z.string().max(253), timeUs, timeUs, z.base64().max(room)]).rest(z.int())).max(4096),
});

/**
 * A position as text. Where not all identities fit, each node keeps those of its younger half, or none: what lies before
 * is then taken for known, which may miss an event that comes late but counts none twice. Where not all nodes fit, those
 * with the oldest events share one time.
 */
export function formatPosition({ sinceUs, restUs, nodes }: Position): string {
  const byAge = nodes.toSorted((a, b) => b.markUs - a.markUs || (a.name < b.name ? -1 : 1));
  let rest = restUs;
  let left = room;
  const listed = byAge.filter(({ name, markUs }) => {
    left -= Buffer.byteLength(JSON.stringify(name)) + 64;
    if (left < 0) rest = Math.max(rest, markUs);
    return left >= 0;
  });
  const all = listed.reduce((sum, { older, current }) => sum + older.size + current.size, 0);
  const young = listed.reduce((sum, { current }) => sum + current.size, 0);
  const keep = all * idRoom <= left ? "all" : young * idRoom <= left ? "young" : "none";
  return JSON.stringify({
    v: 1,
    since: sinceUs,
    rest,
    nodes: listed.map(({ name, markUs, olderUs, currentUs, leadUs, older, current }) => {
      const lead = leadUs === undefined ? [] : [Math.round(leadUs)];
      if (keep === "all") return [name, markUs, olderUs, idText([...older, ...current]), ...lead];
      const [fromUs, ids] = keep === "young" ? [currentUs, idText([...current])] : [markUs + 1, ""];
      return [name, markUs, fromUs, ids, ...lead];
    }),
  });
}

/** Undefined for a text that is no position. */
export function parsePosition(text: string): Position | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = wire.safeParse(json);
  if (!parsed.success) return undefined;
  const { since, rest, nodes } = parsed.data;
  return {
    sinceUs: since,
    restUs: rest,
    nodes: nodes.map(([name, markUs, olderUs, ids, leadUs]) => ({
      name,
      markUs,
      olderUs,
      currentUs: markUs + 1,
      leadUs,
      older: idsOf(ids),
      current: new Set(),
    })),
  };
}

function idText(ids: readonly number[]): string {
  const bytes = Buffer.alloc(idBytes * ids.length);
  for (const [index, id] of ids.entries()) bytes.writeUIntBE(id, idBytes * index, idBytes);
  return bytes.toString("base64");
}

function idsOf(text: string): Set<number> {
  const bytes = Buffer.from(text, "base64");
  const ids = new Set<number>();
  for (let at = 0; at + idBytes <= bytes.length; at += idBytes) ids.add(bytes.readUIntBE(at, idBytes));
  return ids;
}
