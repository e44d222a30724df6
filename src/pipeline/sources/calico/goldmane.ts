import { WireReader } from "../protobuf/wire-reader.ts";
import type { RecordError } from "../record-decoder.ts";
import { utf8Text } from "../text-bytes.ts";

/** Numbers of Goldmane's enums. */
export const goldmane = {
  reporter: { source: 1, destination: 2 },
  action: { allow: 1, deny: 2, pass: 3 },
  type: { workload: 1, host: 2, networkSet: 3, network: 4 },
} as const;

const longestName = 253;

/** One flow of a bucket of some seconds: its key, and what was counted. Absent numbers are -1, absent texts empty. */
export class GoldmaneFlow {
  startSeconds = -1;
  sourceName = "";
  sourceNamespace = "";
  sourceType = -1;
  destinationName = "";
  destinationNamespace = "";
  destinationType = -1;
  destinationPort = -1;
  /** As it is written: `tcp`. */
  protocol = "";
  reporter = -1;
  action = -1;
  /** What would have become of it if the staged policies were enforced: the action of the last one that it meets. */
  pendingAction = -1;
  bytesOut = -1;
  connectionsStarted = -1;
}

/**
 * One `goldmane.FlowResult`. Goldmane has no addresses: pods are called as their names begin, destinations outside are
 * `pub`, `pvt` or a network set.
 * @see Calico, goldmane/proto/api.proto: the numbers of the fields
 */
export class GoldmaneDecoder {
  error: RecordError = "bad_protobuf";
  /** Where the flow's key lies in the message: with its start it tells a flow from the others. */
  keyFrom = 0;
  keyTo = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private readonly reader = new WireReader();

  /** Undefined for a message that is broken, or of a build before enums; see `error`. */
  read(message: Uint8Array): GoldmaneFlow | undefined {
    const { reader } = this;
    const flow = new GoldmaneFlow();
    this.bytes = message;
    this.keyFrom = this.keyTo = 0;
    reader.open(message, 0, message.length);
    while (reader.next()) if (reader.field === 2) this.readFlow(flow);
    this.error = reader.error ?? "old_goldmane";
    // Early builds wrote words here, which read as absent; zero is an enum's unspecified value.
    return reader.error === undefined && flow.reporter > 0 ? flow : undefined;
  }

  private readFlow(flow: GoldmaneFlow): void {
    const { reader } = this;
    if (!reader.enter()) return;
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          this.keyFrom = reader.from;
          this.keyTo = reader.to;
          this.readKey(flow);
          break;
        case 2:
          flow.startSeconds = reader.whole();
          break;
        case 9:
          flow.bytesOut = reader.whole();
          break;
        case 10:
          flow.connectionsStarted = reader.whole();
          break;
        default:
      }
    }
    reader.leave();
  }

  private readKey(flow: GoldmaneFlow): void {
    const { reader } = this;
    if (!reader.enter()) return;
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          flow.sourceName = this.text();
          break;
        case 2:
          flow.sourceNamespace = this.text();
          break;
        case 3:
          flow.sourceType = reader.whole();
          break;
        case 4:
          flow.destinationName = this.text();
          break;
        case 5:
          flow.destinationNamespace = this.text();
          break;
        case 6:
          flow.destinationType = reader.whole();
          break;
        case 7:
          flow.destinationPort = reader.whole();
          break;
        case 12:
          flow.protocol = this.text();
          break;
        case 13:
          flow.reporter = reader.whole();
          break;
        case 14:
          flow.action = reader.whole();
          break;
        case 15:
          this.readPolicies(flow);
          break;
        default:
      }
    }
    reader.leave();
  }

  /** Of the `PolicyTrace` only what is pending: what was enforced shows in the flow's own action. */
  private readPolicies(flow: GoldmaneFlow): void {
    const { reader } = this;
    let last = -1;
    if (!reader.enter()) return;
    while (reader.next()) {
      if (reader.field !== 2) continue;
      const { action, index } = this.readHit();
      if (index < last) continue;
      last = index;
      flow.pendingAction = action;
    }
    reader.leave();
  }

  private readHit(): { readonly action: number; readonly index: number } {
    const { reader } = this;
    const hit = { action: -1, index: 0 };
    if (!reader.enter()) return hit;
    while (reader.next()) {
      if (reader.field === 5) hit.action = reader.whole();
      else if (reader.field === 6) hit.index = reader.whole();
    }
    reader.leave();
    return hit;
  }

  /** `-` stands for nothing. */
  private text(): string {
    const { from, to } = this.reader;
    const text = utf8Text(this.bytes, from, Math.min(to, from + longestName));
    return text === "-" ? "" : text;
  }
}
