import type { SourceHands } from "../../app/live/live-source.ts";
import { DocumentFramer } from "../../pipeline/sources/document-framer.ts";
import { scanPadding } from "../../pipeline/sources/json-projection.ts";
import { NetobservDecoder } from "../../pipeline/sources/netobserv/decode.ts";
import { NetobservProtobufDecoder } from "../../pipeline/sources/netobserv/protobuf.ts";
import { maxRecordBytes, recordErrorText } from "../../pipeline/sources/record-decoder.ts";
import { RecordFeeder } from "../../pipeline/sources/record-feeder.ts";
import type { KafkaOptions } from "./options.ts";

const nothing = new Uint8Array(0);
const startOf = { object: 0x7b, list: 0x5b, mark: 0xef } as const;

/**
 * Decodes the values of messages: a JSON object each, as the exporter writes them, several objects or a list of them,
 * or one protobuf record of the agent.
 */
export class MessageReader {
  private readonly hands: SourceHands;
  private readonly encoding: KafkaOptions["encoding"];
  private readonly json: RecordFeeder;
  private readonly protobuf: NetobservProtobufDecoder;
  private scratch = new Uint8Array(4096);
  private view = new DataView(this.scratch.buffer);

  constructor(hands: SourceHands, encoding: KafkaOptions["encoding"]) {
    this.hands = hands;
    this.encoding = encoding;
    this.json = new RecordFeeder(new NetobservDecoder(hands.take), (error, sample) =>
      hands.malformed(recordErrorText[error], sample),
    );
    this.protobuf = new NetobservProtobufDecoder(hands.take);
  }

  take(value: Uint8Array | null): void {
    if (value === null || value.length === 0) {
      this.hands.malformed("a message without a value", nothing);
      return;
    }
    this.hands.received(value.length);
    const encoding = this.encoding === "auto" ? encodingOf(value) : this.encoding;
    if (encoding === "protobuf") this.takeProtobuf(value);
    else this.takeJson(value);
  }

  /** Decodes what was taken and still waits for more. */
  flush(): void {
    this.json.flush();
  }

  private takeJson(value: Uint8Array): void {
    if (value.length > maxRecordBytes || value[firstOf(value)] !== startOf.list) {
      this.json.add(value);
      return;
    }
    const framer = new DocumentFramer((line) => this.json.add(line));
    if (!framer.push(value) || framer.finish()) {
      this.hands.malformed(framer.error === undefined ? recordErrorText.cut_off : "a list that is not JSON", value);
    }
  }

  private takeProtobuf(value: Uint8Array): void {
    if (value.length > maxRecordBytes) {
      this.hands.malformed(recordErrorText.too_long, value);
      return;
    }
    if (value.length + scanPadding > this.scratch.length) {
      this.scratch = new Uint8Array(2 * value.length + scanPadding);
      this.view = new DataView(this.scratch.buffer);
    }
    this.scratch.set(value);
    if (!this.protobuf.decode(this.scratch, this.view, 0, value.length)) {
      this.hands.malformed(recordErrorText[this.protobuf.error], value);
    }
  }
}

/** No protobuf record starts like JSON: read as tags, these bytes are groups, or fields of another kind. */
function encodingOf(value: Uint8Array): "json" | "protobuf" {
  const first = value[firstOf(value)];
  return first === startOf.object || first === startOf.list || value[0] === startOf.mark ? "json" : "protobuf";
}

function firstOf(value: Uint8Array): number {
  let at = 0;
  while (value[at] === 0x20 || value[at] === 0x0a || value[at] === 0x0d || value[at] === 0x09) at += 1;
  return at;
}
