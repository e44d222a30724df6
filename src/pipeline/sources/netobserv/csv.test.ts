import fc from "fast-check";
import { expect, test } from "vitest";
import { detectInput } from "../detect-input.ts";
import { recordForTest } from "../record-bytes.test-support.ts";
import { NetobservCsvDecoder, readNetobservCsvHeader } from "./csv.ts";

const header =
  "Timestamp,FlowDirection,SrcK8S_Namespace,SrcK8S_OwnerName,SrcK8S_OwnerType,SrcK8S_Type,SrcAddr,SrcPort,DstAddr,DstPort,Proto,Flags,Bytes,Sampling,TimeFlowStartMs,TimeFlowEndMs,NetworkEvents";
const row = (flags: string, events = "<nil>", direction = "1"): string =>
  `2023-11-14 22:13:21.5 +0000 UTC,${direction},shop,cart,Deployment,Pod,10.128.2.7,40000,198.51.100.7,443,6,${flags},100,50,1.7e+12,1.7000000015e+12,${events}`;
const detect = (text: string) => detectInput(new TextEncoder().encode(text));

function decode(line: string): { readonly found: number; readonly error: string | undefined } {
  const { bytes, view } = recordForTest(line);
  let found = 0;
  const decoder = new NetobservCsvDecoder(readNetobservCsvHeader(header)!, () => (found += 1));
  const error = decoder.decode(bytes, view, 0) > 0 ? undefined : decoder.error;
  return { found, error };
}

test("an export of the console is known by its header", () => {
  expect(detect(`${header}\n${row("[SYN ACK]")}\n`)).toMatchObject({
    ok: true,
    value: { format: "netobserv", framing: "lines" },
  });
  expect(detect("src_addr,dst_addr,dst_port\n")).toMatchObject({ ok: true, value: { format: "plain" } });
  expect(detect("SrcAddr,DstAddr,DstPort\n")).toMatchObject({ ok: true, value: { format: "plain" } });
});

test.each([
  ["the header again", header, { found: 0, error: undefined }],
  ["a row that is too short", "a,b", { found: 0, error: "bad_columns" }],
  ["a quote that is not closed", `"${row("[]")}`, { found: 0, error: "bad_quote" }],
  ["quoted cells", row('"[SYN ACK]"'), { found: 1, error: undefined }],
  ["a broken address", row("[]").replace("10.128.2.7", "10.128.2.777"), { found: 0, error: "bad_address" }],
])("%s", (_, line, told) => {
  expect(decode(line)).toEqual(told);
});

test("whatever the row, it is read or refused", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "1", ",", '"', "[", "]", "map[", ":", " ", "é", "\\") }),
      (text) => {
        const { found, error } = decode(text);
        expect(found).toBe(error === undefined ? 1 : 0);
      },
    ),
  );
});
