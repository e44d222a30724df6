import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Harvest } from "../../pipeline/flows/harvest.ts";
import { FlowFolderForTest, readForTest, recordForTest } from "./flow-folder.test-support.ts";

const flows = new FlowFolderForTest();
afterAll(() => flows.remove());
/** What parallel compressors put between frames: RFC 8878, 3.1.2. */
const skippableFrame = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

/** An answer of Loki's `query_range` with one stream. */
function answerForTest(lines: readonly (readonly [number, string])[]): string {
  const values = lines.map(([time, line]) => [String(time), line]);
  const result = [{ stream: { SrcK8S_Type: "Pod" }, values }];
  return JSON.stringify({ status: "success", data: { resultType: "streams", result } });
}

test("lines of overlapping answers of Loki count once, in one file or in several", async () => {
  const lines = Array.from({ length: 30 }, (_, i): [number, string] => [i < 25 ? i : 25, recordForTest(i)]);
  const pages = [lines.slice(0, 20), lines.slice(15)].map(answerForTest);
  const whole = await readForTest([flows.file("pages/whole.json", answerForTest(lines))]);
  const joined = await readForTest([flows.file("pages/joined.json", pages.join("\n"))]);
  const apart = await readForTest(pages.map((page, i) => flows.file(`pages/${i}.json.gz`, gzipSync(page))));
  expect(whole.edges.length).toBeGreaterThan(0);
  for (const { edges } of [joined, apart]) expect(edges).toEqual(whole.edges);
});

describe("reading flows", () => {
  const lines = Array.from({ length: 300 }, (_, i) => recordForTest(i));
  const text = `${lines.join("\n")}\n`;
  let plain: Harvest;
  beforeAll(async () => {
    plain = await readForTest([flows.file("flows.jsonl", text)]);
  });
  const withoutInputs = ({ inputs, ...rest }: Harvest): unknown => ({
    ...rest,
    flows: inputs.reduce((sum, { flows }) => sum + flows, 0),
  });

  test.each([
    ["gzip", "none", () => [flows.file("a/flows.gz", gzipSync(text))]],
    ["gzip under another name", "none", () => [flows.file("a/flows.json", gzipSync(text))]],
    [
      "gzip of several members",
      "none",
      () => [flows.file("a/two.gz", Buffer.concat([gzipSync(text.slice(0, 999)), gzipSync(text.slice(999))]))],
    ],
    ["zstd", "none", () => [flows.file("a/flows.zst", zstdCompressSync(text))]],
    ["a list", "none", () => [flows.file("a/list.json", `[${lines.join(",\n")}]`)]],
    [
      "a pretty-printed list",
      "none",
      () => [
        flows.file(
          "a/pretty.json",
          JSON.stringify(
            lines.map((line) => JSON.parse(line) as unknown),
            undefined,
            2,
          ),
        ),
      ],
    ],
    ["CRLF", "none", () => [flows.file("a/crlf.jsonl", text.replaceAll("\n", "\r\n"))]],
    ["a byte order mark", "none", () => [flows.file("a/mark.jsonl", `\ufeff${text}`)]],
    ["a byte order mark in gzip", "none", () => [flows.file("a/mark.gz", gzipSync(`\ufeff${text}`))]],
    ["a list behind a byte order mark", "none", () => [flows.file("a/mark.json", `\ufeff[${lines.join(",")}]`)]],
    [
      "zstd of several frames",
      "none",
      () => [
        flows.file(
          "a/two.zst",
          Buffer.concat([zstdCompressSync(text.slice(0, 999)), skippableFrame, zstdCompressSync(text.slice(999))]),
        ),
      ],
    ],
    ["no line feed at the end", "none", () => [flows.file("a/cut.jsonl", text.slice(0, -1))]],
    ["blank lines", "none", () => [flows.file("a/blank.jsonl", `\n \n${text.replaceAll("\n", "\n\n")}`)]],
    [
      "two files",
      "none",
      () => [
        flows.file("b/2.jsonl", lines.slice(100).join("\n")),
        flows.file("b/1.jsonl.gz", gzipSync(lines.slice(0, 100).join("\n"))),
      ],
    ],
    [
      "a folder",
      "none",
      () =>
        flows.folder("c", {
          "x/2.jsonl": lines.slice(100).join("\n"),
          "1.jsonl": lines.slice(0, 100).join("\n"),
          ".hidden": "nothing",
        }),
    ],
    [
      "a glob",
      "none",
      () =>
        flows
          .folder("d", { "2.jsonl": lines.slice(100).join("\n"), "1.jsonl": lines.slice(0, 100).join("\n") })
          .map((path) => join(path, "*.jsonl")),
    ],
    ["the same file named twice", "none", () => [join(flows.path, "flows.jsonl"), join(flows.path, "flows.jsonl")]],
  ])("%s gives the same harvest", async (_, __, inputs) => {
    expect(withoutInputs(await readForTest(inputs()))).toEqual(withoutInputs(plain));
  });

  test.each([
    ["lines", text],
    [
      "a Loki answer",
      JSON.stringify({
        status: "success",
        data: { resultType: "streams", result: [{ stream: { app: "x" }, values: lines.map((line) => ["1", line]) }] },
      }),
    ],
  ])("standard input gives the same harvest: %s", async (_, stdin) => {
    expect(withoutInputs(await readForTest(["-"], {}, stdin))).toEqual(withoutInputs(plain));
  });

  test("says what was read", async () => {
    const harvest = await readForTest([
      join(flows.path, "flows.jsonl"),
      flows.file("z.gz", gzipSync(recordForTest(1))),
    ]);
    expect(harvest.inputs).toEqual([
      {
        path: join(flows.path, "flows.jsonl"),
        format: "netobserv",
        compression: "none",
        bytes: text.length,
        flows: 300,
        malformed: 0,
        isTruncated: false,
      },
      {
        path: join(flows.path, "z.gz"),
        format: "netobserv",
        compression: "gzip",
        bytes: gzipSync(recordForTest(1)).length,
        flows: 1,
        malformed: 0,
        isTruncated: false,
      },
    ]);
  });

  test("workers, segments and chunks do not show in the result", async () => {
    const many = Array.from({ length: 9000 }, (_, i) => recordForTest(i, "x".repeat((i * 7919) % 700)));
    const broken = [17, 4000, 8999].map((at) => ({ at, text: '{"SrcAddr":"x' }));
    for (const { at, text: bad } of broken) many[at] = bad;
    const content = `${many.join("\n")}\n`;
    const inputs = [
      flows.file("w/a.jsonl", content),
      flows.file("w/b.jsonl.gz", gzipSync(content)),
      flows.file("w/c.jsonl", content.slice(0, -300)),
    ];
    const here = await readForTest(inputs, { workers: 0 });
    expect(here.inputs.map(({ flows, malformed, isTruncated }) => [flows, malformed, isTruncated])).toEqual([
      [8997, 3, false],
      [8997, 3, false],
      [8996, 2, true],
    ]);
    expect(
      here.malformed.samples.map(({ line, byteOffset, reason }) => [
        line,
        content.slice(byteOffset).split("\n", 1)[0],
        reason,
      ]),
    ).toEqual(
      [18, 4001, 9000, 18, 4001].map((line) => [
        line,
        '{"SrcAddr":"x',
        "a JSON string is not closed or holds a control character",
      ]),
    );
    for (const workers of [1, 3]) {
      const other = await readForTest(inputs, { workers });
      for (const key of Object.keys(here) as (keyof Harvest)[]) expect(other[key], key).toEqual(here[key]);
    }
    expect(await readForTest(inputs.toReversed(), { workers: 2 })).toEqual(here);
  });

  test("a line longer than 1 MiB is malformed, wherever it stands", async () => {
    const long = recordForTest(1, "x".repeat(2_500_000));
    const content = [
      recordForTest(2),
      long,
      recordForTest(3),
      recordForTest(4, "y".repeat(900_000)),
      long,
      recordForTest(5),
    ].join("\n");
    for (const workers of [0, 2]) {
      for (const path of [flows.file("l/long.jsonl", content), flows.file("l/long.gz", gzipSync(content))]) {
        const harvest = await readForTest([path], { workers });
        expect(harvest.malformed).toMatchObject({
          count: 2,
          samples: [{ line: 2, reason: "longer than 1 MiB" }, { line: 5 }],
        });
        expect(harvest.inputs[0]?.flows).toBe(4);
      }
    }
  });

  test("a record longer than 1 MiB is not counted as a flow, although it would fit the buffer", async () => {
    const content = [recordForTest(1), recordForTest(2, "x".repeat(1_500_000)), recordForTest(3)].join("\n");
    for (const path of [flows.file("m/long.jsonl", content), flows.file("m/long.gz", gzipSync(content))]) {
      const harvest = await readForTest([path]);
      expect(harvest.malformed).toMatchObject({ count: 1, samples: [{ line: 2, reason: "longer than 1 MiB" }] });
      expect(harvest.edges.map(({ flows: counted }) => counted)).toEqual([1, 1]);
    }
  });

  test("a truncated last record is normal", async () => {
    const harvest = await readForTest([flows.file("t.jsonl", text.slice(0, -20))]);
    expect([harvest.malformed.count, harvest.inputs[0]?.isTruncated]).toEqual([0, true]);
    expect(harvest.warnings.map(({ code }) => code)).toContain("flows_truncated");
    const list = await readForTest([flows.file("t.json", `[${lines.join(",")}`)]);
    expect([list.inputs[0]?.flows, list.inputs[0]?.isTruncated]).toEqual([300, true]);
  });

  test("a page without flows among others is no failure", async () => {
    const page = JSON.stringify({ status: "success", data: { resultType: "streams", result: [] } });
    const harvest = await readForTest([flows.file("p/1.json", `[${lines.join()}]`), flows.file("p/2.json", page)]);
    expect(harvest.edges).toEqual(plain.edges);
    expect(harvest.inputs[1]).toMatchObject({ format: "netobserv", flows: 0, malformed: 0, isTruncated: false });
  });

  test("an empty file is no failure", async () => {
    const harvest = await readForTest([flows.file("empty.jsonl", "")]);
    expect(harvest.edges).toEqual([]);
    expect(harvest.warnings.map(({ code }) => code)).toEqual(["flows_none", "flows_empty_input"]);
  });

  test("stops when it is told to", async () => {
    const controller = new AbortController();
    const path = flows.file("big.jsonl", text.repeat(200));
    const reading = readForTest([path], { signal: controller.signal, workers: 2 });
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    await expect(readForTest([path], { signal: AbortSignal.abort(new Error("never")) })).rejects.toThrow("never");
  });

  test("reports how far it has come", async () => {
    const seen: { bytesRead: number; bytesTotal: number | undefined }[] = [];
    await readForTest([join(flows.path, "flows.jsonl")], { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ bytesRead: text.length, bytesTotal: text.length });
  });

  test("an audit log keeps the order of its lines", async () => {
    const line = (name: string, verdict: string, ms: number): string =>
      `2026-09-01T08:30:00.${String(ms).padStart(3, "0")}Z|1|acl_log(ovn_pinctrl0)|INFO|name="${name}", verdict=${verdict}, severity=info, direction=to-lport: tcp,nw_src=10.128.0.7,nw_dst=198.51.100.${ms % 200},tp_src=1,tp_dst=443,tcp_flags=syn`;
    const log = Array.from({ length: 900 }, (_, i) => [
      line("NP:a:p:Egress:0", "allow", i),
      line("EF:a:0", "drop", i),
    ]).flat();
    const harvest = await readForTest([flows.file("acl.log", log.join("\n"))], { workers: 2 });
    expect(new Set(harvest.edges.map(({ verdict }) => verdict))).toEqual(new Set(["denied"]));
    expect(harvest.edges.reduce((sum, { flows }) => sum + flows, 0)).toBe(900);
  });
});
