import type { OwnedCoarse } from "../../pipeline/flows/seal.ts";
import type { CoarseObservation } from "./live-source.ts";

const hourMs = 3_600_000;
/** Rows between two sealings; a source that brings more is counted as dropping them. */
const maxRows = 20_000;
/** Longer texts are cut, and other counts unknown: a batch with one such row would be refused with all that is in it. */
const longestText = 253;

/** Adds up coarse records by who, whereto and hour. */
export class CoarseTable {
  records = 0;
  dropped = 0;
  private readonly rows = new Map<string, { row: OwnedCoarse; flows: number | undefined; bytes: number | undefined }>();

  get isEmpty(): boolean {
    return this.rows.size === 0;
  }

  readonly take = (record: CoarseObservation): void => {
    this.records += 1;
    const { protocol, port, verdict } = record;
    const [cluster, namespace, destination] = [cut(record.cluster), cut(record.namespace), cut(record.destination)];
    const workload = { kind: cut(record.workload.kind), name: cut(record.workload.name) };
    const [flows, bytes] = [countOf(record.flows), countOf(record.bytes)];
    const hour = Math.floor(record.atMs / hourMs);
    const key = [
      cluster,
      namespace,
      workload.kind,
      workload.name,
      destination,
      protocol ?? "",
      port ?? "",
      verdict,
      hour,
    ].join("\0");
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

function cut(text: string): string {
  return text.slice(0, longestText);
}

function countOf(said: number | undefined): number | undefined {
  return said !== undefined && said >= 0 && said <= Number.MAX_SAFE_INTEGER ? said : undefined;
}

/** The sum of counts, either of which may be unknown. */
function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a + b, Number.MAX_SAFE_INTEGER);
}
