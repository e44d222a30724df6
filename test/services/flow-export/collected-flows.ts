import { flowExportOptions } from "../../../src/adapters/flow-export/options.ts";
import { flowExportSource } from "../../../src/adapters/flow-export/source.ts";
import { formatIp } from "../../../src/core/net/ip.ts";
import { addressOfWords } from "../../../src/pipeline/flows/address-words.ts";
import { type Observation, observed } from "../../../src/pipeline/sources/observation.ts";
import { RecordedHands } from "../recorded-hands.ts";

/** Bytes by flow, `10.0.0.1:1234 > 192.0.2.1:443 p6`; ports are left out where the protocol has none. */
export type Totals = Map<string, number>;

export function add(totals: Totals, key: string, bytes: number): void {
  totals.set(key, (totals.get(key) ?? 0) + bytes);
}

export function keyOf(
  source: string,
  sourcePort: number,
  destination: string,
  destinationPort: number,
  protocol: number,
): string {
  const hasPorts = protocol === 6 || protocol === 17;
  const end = (address: string, port: number): string => (hasPorts ? `${address}#${port}` : address);
  return `${end(source, sourcePort)} > ${end(destination, destinationPort)} p${protocol}`;
}

/** The source at work on a port of loopback, with sums of what it brings; copies are left out, as the judge does. */
export class CollectedFlows {
  readonly totals: Totals = new Map();
  readonly observations: { readonly startMs: number; readonly endMs: number; readonly sampling: number }[] = [];
  copies = 0;
  readonly hands = new RecordedHands();
  private readonly stop = new AbortController();
  private readonly ended: Promise<void>;

  private constructor(protocol: "udp" | "tcp") {
    const places = protocol === "udp" ? { listen: ["127.0.0.1:0"] } : { listen: [], tcp: ["127.0.0.1:0"] };
    const options = flowExportOptions.parse({ ...places, exporters: ["127.0.0.0/8"] });
    const machine = { stdin: (async function* () {})(), nowMs: Date.now };
    const source = flowExportSource.open("exporters", options, machine);
    const hands = Object.assign(this.hands, { take: (o: Observation) => this.take(o) });
    this.ended = source.run(hands, this.stop.signal);
  }

  static async open(protocol: "udp" | "tcp" = "udp"): Promise<CollectedFlows> {
    const collected = new CollectedFlows(protocol);
    await collected.hands.until(() => collected.portOrNone !== undefined);
    return collected;
  }

  private get portOrNone(): number | undefined {
    const found = /127\.0\.0\.1:(\d+)/.exec(this.hands.states.at(-1) ?? "")?.[1];
    return found === undefined ? undefined : Number(found);
  }

  get port(): number {
    return this.portOrNone ?? 0;
  }

  private take(o: Observation): void {
    if (o.what !== observed.flow) return;
    if (o.isCopy) {
      this.copies += 1;
      return;
    }
    const source = formatIp(addressOfWords(o.sourceFamily, o.source, 0));
    const destination = formatIp(addressOfWords(o.destinationFamily, o.destination, 0));
    add(this.totals, keyOf(source, o.sourcePort, destination, o.destinationPort, o.protocol), o.byteCount * o.sampling);
    this.observations.push({ startMs: o.startMs, endMs: o.endMs, sampling: o.sampling });
  }

  /** Everything sent so far has been taken: a datagram is decoded in the same turn in which it is counted. */
  received(bytes: number): Promise<void> {
    return this.hands.until(() => this.hands.receivedBytes >= bytes);
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.ended;
  }
}
