import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { detectInput } from "./detect-input.ts";

function detected(text: string | Buffer, wanted?: Parameters<typeof detectInput>[1]): string {
  const found = detectInput(typeof text === "string" ? Buffer.from(text) : text, wanted);
  if (!found.ok) return `${found.error.code}: ${found.error.saw}`;
  const { format, framing, csv } = found.value;
  return `${format} ${framing}${csv === undefined ? "" : ` csv ${csv.separator}`}`;
}

const netobserv = '{"SrcAddr":"10.128.0.7","DstAddr":"198.51.100.7"}';
const hubble = '{"flow":{"IP":{"source":"10.0.0.1"}},"time":"2026-09-01T00:00:00Z"}';
const acl = '2026-09-01T00:00:00.000Z|00001|acl_log(ovn_pinctrl0)|INFO|name="EF:a:0", verdict=drop, severity=info: tcp';

describe("an input", () => {
  test.each([
    ["NetObserv lines", `${netobserv}\n${netobserv}\n`, "netobserv lines"],
    ["one line without an end", netobserv, "netobserv lines"],
    ["blank and broken lines first", `\n  \n{"SrcAddr\n${netobserv}\n`, "netobserv lines"],
    ["unrelated lines first", `{"level":"info"}\n${netobserv}\n`, "netobserv lines"],
    ["a byte order mark", `\ufeff${netobserv}\n`, "netobserv lines"],
    ["a list", `[${netobserv},${netobserv}]`, "netobserv document"],
    ["a pretty-printed list", JSON.stringify([JSON.parse(netobserv)], undefined, 2), "netobserv document"],
    [
      "a Loki answer",
      JSON.stringify({
        status: "success",
        data: { resultType: "streams", result: [{ stream: {}, values: [["1", netobserv]] }] },
      }),
      "netobserv document",
    ],
    [
      "a Loki answer over several lines",
      JSON.stringify(
        { status: "success", data: { resultType: "streams", result: [{ stream: {}, values: [["1", netobserv]] }] } },
        undefined,
        1,
      ),
      "netobserv document",
    ],
    ["Hubble lines", hubble, "hubble lines"],
    ["a bare Hubble flow", '{"time":"x","IP":{"source":"a"},"traffic_direction":"EGRESS"}', "hubble lines"],
    ["ACL lines", acl, "ovn-acl lines"],
    ["ACL lines behind syslog headers", `<134>1 2026 host ovn - - - ${acl}`, "ovn-acl lines"],
    ["ACL lines in JSON", JSON.stringify({ message: acl }), "ovn-acl lines"],
    ["the plain form", '{"namespace":"a","destination":"198.51.100.7","port":443}', "plain lines"],
    ["CSV", "namespace,destination,port\n", "plain lines csv ,"],
    ["CSV with semicolons", "Namespace;Dst IP;Port\r\n", "plain lines csv ;"],
    ["other JSON", '{"kind":"List","items":[]}', "unknown_format: a JSON object with `kind`, `items`"],
    ["prose", "hello there\nworld", "unknown_format: `hello there`"],
    [
      "metrics of Loki",
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]]}]}}',
      "unknown_format: an answer without flow records (metrics?)",
    ],
    ["nothing but blanks", " \n\n", "unknown_format: only blank lines"],
    ["zeros", "abc\0def", "binary: binary data"],
    [
      "zeros before the lines, as a log has that was cut while it was written",
      `${"\0".repeat(99)}${netobserv}\n${netobserv}`,
      "netobserv lines",
    ],
    ["a line with a zero among others", `${netobserv}\na\0b\n`, "netobserv lines"],
    ["a capture", Buffer.from("d4c3b2a1020004000000000000000000", "hex"), "capture packets"],
    ["a capture in nanoseconds", Buffer.from("a1b23c4d00020004", "hex"), "capture packets"],
    ["a capture in sections", Buffer.from("0a0d0d0a1c0000004d3c2b1a", "hex"), "capture packets"],
    ["a database that holds flows", `SQLite format 3\0\n${netobserv}\n`, "binary: a SQLite database"],
    ["UTF-16", Buffer.from(`\ufeff${netobserv}\n`, "utf16le"), "binary: UTF-16, which must be saved as UTF-8 first"],
    [
      "an answer of Loki without streams",
      '{"status":"success","data":{"resultType":"streams","result":[],"stats":{}}}',
      "netobserv document",
    ],
    ["an empty list", " [\n]\n", "netobserv document"],
    [
      "an empty list of metrics",
      '{"status":"success","data":{"resultType":"matrix","result":[]}}',
      "unknown_format: an answer without flow records (metrics?)",
    ],
  ])("%s", (_, text, expected) => {
    expect(detected(text)).toBe(expected);
  });

  test("may be given another format by hand", () => {
    expect(detected("whatever\n", "ovn-acl")).toBe("ovn-acl lines");
    expect(detected(`[${netobserv}]`, "plain")).toBe("plain document");
    expect(detected("a\0b\n", "plain")).toBe("binary: binary data");
  });

  const shared = new URL("../../../../shared/data/", import.meta.url);
  const samples = [
    ["netobserv/flow_records.json", "netobserv document"],
    ["netobserv/flow_records_has_dropped.json", "netobserv document"],
    ["netobserv/log-lines.jsonl", "netobserv lines"],
    ["netobserv/flow_metrics_app.json", "unknown_format: an answer without flow records (metrics?)"],
    ["netobserv/namespaces.json", "unknown_format: a JSON object with `status`, `data`"],
    ["hubble/basic-sample-10-flows.jsonl", "hubble lines"],
    ["ovn-acl/openshift-docs.log", "ovn-acl lines"],
    ["netflow-ipfix/netflow5.dat", "binary: binary data"],
  ] as const;
  test.runIf(existsSync(shared)).each(samples)("recorded %s is %s", (path, expected) => {
    expect(detected(readFileSync(new URL(path, shared)).subarray(0, 65_536))).toBe(expected);
  });
});
