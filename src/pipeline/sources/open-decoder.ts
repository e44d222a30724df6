import { CalicoDecoder } from "./calico/decode.ts";
import type { FlowFormat } from "./flow-format.ts";
import { HubbleDecoder } from "./hubble/decode.ts";
import { NetobservCsvDecoder } from "./netobserv/csv.ts";
import { NetobservDecoder } from "./netobserv/decode.ts";
import type { ObservationSink } from "./observation.ts";
import { AclLogDecoder } from "./ovn-acl/decode.ts";
import { CsvDecoder, type CsvHeader } from "./plain/csv.ts";
import { PlainDecoder } from "./plain/json.ts";
import type { RecordDecoder } from "./record-decoder.ts";

/** A decoder for one input of lines, which a capture is not. `csv` is the header of a form that is CSV. */
export function openDecoder(format: FlowFormat, csv: CsvHeader | undefined, sink: ObservationSink): RecordDecoder {
  switch (format) {
    case "netobserv":
      return csv === undefined ? new NetobservDecoder(sink) : new NetobservCsvDecoder(csv, sink);
    case "hubble":
      return new HubbleDecoder(sink);
    case "calico":
      return new CalicoDecoder(sink);
    case "ovn-acl":
      return new AclLogDecoder(sink);
    case "plain":
      return csv === undefined ? new PlainDecoder(sink) : new CsvDecoder(csv, sink);
    case "capture":
      throw new Error("captures have no lines, they are read by `PacketReader`");
    default:
      return format satisfies never;
  }
}
