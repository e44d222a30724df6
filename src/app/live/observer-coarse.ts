import type { OwnedCoarse } from "../../pipeline/flows/seal.ts";
import type { CoarseObservation } from "./live-source.ts";

const hourMs = 3_600_000;
/** Rows between two sealings; a source that brings more is counted as dropping them. */
const maxRows = 20_000;

/** Adds up coarse records by who, whereto and hour. */
export class CoarseTable {
  records = 0;
  dropped = 0;
  private readonly rows = new Map<string, { row: OwnedCoarse; flows: number | undefined; bytes: number | undefined }>();

  get isEmpty(): boolean {
    return this.rows.size === 0;
  }

  readonly take = ({ cluster, namespace, workload, atMs, flows, bytes, ...rest }: CoarseObservation): void => {
    this.records += 1;
    const hour = Math.max(0, Math.floor(atMs / hourMs));
    const { destination, protocol, port, verdict } = rest;
    const who = [cluster, namespace, workload.kind, workload.name];
    const key = [...who, destination, protocol ?? "", port ?? "", verdict, hour].join("\0");
    const known = this.rows.get(key);
    if (known !== undefined) {
      known.flows = plus(known.flows, flows);
      known.bytes = plus(known.bytes, bytes);
    } else if (this.rows.size >= maxRows) {
      this.dropped += 1;
    } else {
      const owner = { cluster, namespace, workload };
      const row = { owner, destination, protocol, port, verdict, hour, flows: undefined, bytes: undefined };
      this.rows.set(key, { row, flows, bytes });
    }
  };

  list(): OwnedCoarse[] {
    return [...this.rows.values()].map(({ row, flows, bytes }) => ({ ...row, flows, bytes }));
  }
}

/** The sum of counts, either of which may be unknown. */
function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : a + b;
}
