/** Why a datagram, or a part of one, was not understood. */
export type FlowExportError =
  | "unknown_version"
  | "bad_header"
  | "cut_off"
  | "bad_set"
  | "bad_template"
  | "too_many_templates"
  | "bad_record"
  | "no_template"
  | "bad_sample";

export const flowExportErrorText: Readonly<Record<FlowExportError, string>> = {
  unknown_version: "neither NetFlow v5, NetFlow v9, IPFIX nor sFlow v5",
  bad_header: "shorter than its header, or longer than the datagram",
  cut_off: "fewer records than the header says",
  bad_set: "a set whose length is impossible",
  bad_template: "a template that cannot be read, or describes records without a length",
  too_many_templates: "more templates or fields than are kept for one exporter",
  bad_record: "a record that goes beyond the end of its set",
  no_template: "records whose template did not come in time",
  bad_sample: "an sFlow sample or packet header that goes beyond its end",
};
