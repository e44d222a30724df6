import type { TrafficFilter, TrafficReader, TrafficSum } from "../history/traffic-reader.ts";

/** Rows of one answer; more than this are counted in further ones. */
const rowsAtOnce = 20_000;
const mostRows = 1_000_000;

/** Every row of a grouping, asked for a part at a time. */
export async function allSums(
  traffic: Pick<TrafficReader, "sums">,
  filter: TrafficFilter,
  by: readonly ("namespace" | "workload")[],
): Promise<readonly TrafficSum[]> {
  const all: TrafficSum[] = [];
  for (;;) {
    const order = { by, sort: by[0]!, isDescending: false, offset: all.length, limit: rowsAtOnce };
    const { rows } = await traffic.sums({ ...filter, ...order });
    all.push(...rows);
    if (rows.length < rowsAtOnce || all.length >= mostRows) return all;
  }
}
