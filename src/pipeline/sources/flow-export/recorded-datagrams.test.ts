import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { WatchedDecoder } from "./observed.test-support.ts";

const folder = join(import.meta.dirname, "../../../../../shared/data/netflow-ipfix");
const isThere = existsSync(folder);

/**
 * Real datagrams. Files of one exporter come in the order given, which is often data before templates; what a file
 * brings may then come out with a later one.
 */
const exporters: readonly (readonly [what: string, files: readonly (readonly [file: string, brings: string])[]])[] = [
  ["an exporter of IPFIX", [["ipfix.dat", "6 flows"]]],
  [
    "Ixia, templates and data together",
    [
      ["ipfix_test_ixia_tpldata256.dat", "1 flow"],
      ["ipfix_test_ixia_tpldata271.dat", "2 flows"],
    ],
  ],
  [
    "OpenBSD pflow, data before its template",
    [
      ["ipfix_test_openbsd_pflow_data.dat", "1 set waits"],
      ["ipfix_test_openbsd_pflow_tpl.dat", "26 flows"],
    ],
  ],
  [
    "VMware vDS, data before its templates",
    [
      ["ipfix_test_vmware_vds_data264.dat", "1 set waits"],
      ["ipfix_test_vmware_vds_data266.dat", "2 sets wait"],
      ["ipfix_test_vmware_vds_data266_267.dat", "4 sets wait"],
      ["ipfix_test_vmware_vds_tpl.dat", "5 flows"],
    ],
  ],
  [
    "YAF: biflows, variable lengths, options",
    [
      ["ipfix_test_yaf_tpls_option_tpl.dat", "nothing"],
      ["ipfix_test_yaf_tpl45841.dat", "nothing"],
      ["ipfix_test_yaf_data45841.dat", "2 flows"],
      ["ipfix_test_yaf_data45873.dat", "2 flows"],
      // Statistics of the exporter.
      ["ipfix_test_yaf_data53248.dat", "nothing"],
    ],
  ],
  ["NetFlow v5", [["netflow5.dat", "2 flows"]]],
  // Line ends were put into it on the way: the header claims more records than there are.
  ["NetFlow v5, broken", [["netflow5_test_invalid01.dat", "cut_off"]]],
  ["templates with fields of length 0", [["netflow9_test_0length_fields_tpl_data.dat", "10 flows"]]],
  [
    "Cisco ASR 9000, templates of two domains",
    [
      ["netflow9_test_cisco_asr9k_data260.dat", "1 set waits"],
      ["netflow9_test_cisco_asr9k_tpl260.dat", "21 flows"],
      ["netflow9_test_cisco_asr9k_tpl266.dat", "nothing"],
      ["netflow9_test_cisco_asr9k_data256.dat", "1 set waits"],
      // Names of interfaces, virtual routers and samplers.
      ["netflow9_test_cisco_asr9k_opttpl256.dat", "nothing"],
      ["netflow9_test_cisco_asr9k_opttpl257.dat", "nothing"],
      ["netflow9_test_cisco_asr9k_opttpl334.dat", "nothing"],
    ],
  ],
  // A header that counts wrongly; sets tell their own lengths.
  ["NetFlow v9, broken", [["netflow9_test_invalid01.dat", "2 flows"]]],
  ["Juniper SRX, template and options", [["netflow9_test_juniper_srx_tplopt.dat", "nothing"]]],
  [
    "nProbe",
    [
      ["netflow9_test_nprobe_data.dat", "1 set waits"],
      ["netflow9_test_nprobe_tpl.dat", "1 flow"],
      ["netflow9_test_nprobe_dpi.dat", "1 flow"],
    ],
  ],
  ["softflowd", [["netflow9_test_softflowd_tpl_data.dat", "7 flows"]]],
  ["another softflowd", [["netflow9_test_valid01.dat", "7 flows"]]],
];

function brought(watched: WatchedDecoder, file: string): string {
  const flows = watched.flows.length;
  watched.errors.length = 0;
  const before = watched.decoder.waitingSets;
  const bytes = readFileSync(join(folder, file));
  const seconds = bytes.readUInt32BE(bytes.readUInt16BE(0) === 10 ? 4 : 8);
  watched.take(bytes, { atMs: seconds * 1000 });
  const sets = watched.decoder.waitingSets;
  const count = watched.flows.length - flows;
  const words = [
    ...(count === 0 ? [] : [`${count} flow${count === 1 ? "" : "s"}`]),
    ...(sets <= before ? [] : [`${sets} set${sets === 1 ? " waits" : "s wait"}`]),
    ...watched.errors,
  ];
  return words.join(", ") || "nothing";
}

test.skipIf(!isThere).each(exporters)("recorded: %s", (_, files) => {
  const watched = new WatchedDecoder(0);
  expect(files.map(([file]) => [file, brought(watched, file)])).toEqual(files);
  watched.decoder.finish();
  expect(watched.errors.filter((error) => error === "no_template")).toEqual([]);
});

test.skipIf(!isThere)("recorded flows are these", async () => {
  const lines = exporters.flatMap(([what, files]) => {
    const watched = new WatchedDecoder(0);
    for (const [file] of files) brought(watched, file);
    return [`# ${what}: ${watched.lost} lost`, ...watched.lines];
  });
  const golden = join(import.meta.dirname, "../../../../test/golden/flow-export/recorded.txt");
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(golden);
});

test.skipIf(!isThere)("every recorded file is in the table", () => {
  const listed = exporters.flatMap(([, files]) => files.map(([file]) => file));
  expect(listed.toSorted()).toEqual(readdirSync(folder).toSorted());
});
