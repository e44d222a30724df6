import { type WireField, wireMessage } from "../../../pipeline/sources/protobuf/wire-message.ts";
import { utf8Bytes } from "../../../pipeline/sources/text-bytes.ts";

export const getFlows = "/observer.Observer/GetFlows";
export const serverStatus = "/observer.Observer/ServerStatus";

/** What is read of a flow. Labels, most of an event's bytes, are not. Time and node name become those of the answer. */
const fields = [
  "time",
  "uuid",
  "node_name",
  "verdict",
  "drop_reason_desc",
  "IP",
  "l4",
  ...["source", "destination"].flatMap((end) =>
    ["identity", "namespace", "pod_name", "workloads", "cluster_name"].map((field) => `${end}.${field}`),
  ),
  "destination_names",
  "l7",
  "is_reply",
  "reply",
  "event_type",
  "traffic_direction",
  "trace_observation_point",
  "egress_allowed_by",
  "egress_denied_by",
];

/** Fields that only newer servers have. */
const newerFields = ["trace_reason"];

/** What of each event is asked for, most wanted first. Servers refuse a list with a field that they do not know. */
export const fieldLists: readonly (readonly string[] | undefined)[] = [[...fields, ...newerFields], fields, undefined];

/**
 * Everything from `sinceUs` on, and what comes after. Only what is on its way out, or whose way is not known: what comes
 * in is reported at its source as well. Servers too old for the filter send everything. Without `wanted` all fields come.
 */
export function followRequest(sinceUs: number, wanted: readonly string[] | undefined): Uint8Array {
  const mask = wanted?.map((path): WireField => ({ field: 1, bytes: utf8Bytes(path) }));
  return Uint8Array.from(
    wireMessage([
      { field: 3, varint: 1n },
      // FlowFilter.traffic_direction: EGRESS or unknown.
      { field: 6, message: [{ field: 30, bytes: [2, 0] }] },
      {
        field: 7,
        message: [
          { field: 1, varint: BigInt(Math.floor(sinceUs / 1_000_000)) },
          { field: 2, varint: BigInt(Math.floor(sinceUs % 1_000_000) * 1000) },
        ],
      },
      ...(mask === undefined ? [] : [{ field: 10, message: mask }]),
    ]),
  );
}

/** The oldest event that each node still holds. */
export function oldestRequest(): Uint8Array {
  return Uint8Array.from(
    wireMessage([
      { field: 1, varint: 1n },
      { field: 9, varint: 1n },
    ]),
  );
}
