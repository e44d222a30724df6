import { expect, test } from "vitest";
import { detectInput } from "../detect-input.ts";
import { recordForTest } from "../record-bytes.test-support.ts";
import { NetobservDecoder } from "./decode.ts";

/** As `logcli query -o jsonl` prints a line. */
function printed(
  line: string,
  labels: Readonly<Record<string, string>> = { SrcK8S_Type: "Pod", FlowDirection: "1" },
): string {
  return JSON.stringify({ labels, line, timestamp: "2026-01-02T03:04:05.006Z" });
}

function ports(text: string): { readonly found: number[]; readonly error: string | undefined } {
  const found: number[] = [];
  const { bytes, view } = recordForTest(text);
  const decoder = new NetobservDecoder((o) => void found.push(o.sourcePort, o.sourceIs, o.side));
  return { found, error: decoder.decode(bytes, view, 0) > 0 ? undefined : decoder.error };
}

test("a line that logcli printed is the record that it was", () => {
  expect(ports(printed('{"SrcPort":40000,"SrcAddr":"10.128.0.7"}'))).toEqual({
    found: [40_000, 1, 1],
    error: undefined,
  });
  expect(ports(printed('{"SrcPort":7}', {})).found).toEqual([7, 0, 0]);
  expect(ports(printed(`{"SrcPort":8,"Filler":"${"\\\\u00e9".repeat(5000)}"}`)).found[0]).toBe(8);
});

test.each([
  ["no object", "level=info", "not_an_object"],
  ["a broken record", '{"SrcPort":', "bad_value"],
  ["another such line", printed('{"SrcPort":1}'), undefined],
])("a line that holds %s is no flow", (_, line, error) => {
  const told = ports(printed(line));
  expect(told.error).toBe(error);
  expect(told.found[0]).not.toBe(1);
});

test("its format is told by what is in the line", () => {
  const head = (line: string) => detectInput(new TextEncoder().encode(`${printed(line)}\n`));
  expect(head('{"DstAddr":"198.51.100.7"}')).toMatchObject({
    ok: true,
    value: { format: "netobserv", framing: "lines" },
  });
  expect(head("level=info")).toMatchObject({ ok: false });
});
