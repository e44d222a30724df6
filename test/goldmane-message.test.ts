import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coarseOf } from "../src/adapters/grpc/goldmane/coarse.ts";
import { GoldmaneDecoder } from "../src/pipeline/sources/calico/goldmane.ts";
import { encodeFlowResult, encodeOldFlowResult } from "./protos/goldmane.ts";
import { goldmaneFlow } from "./services/hubble/goldmane-server.ts";

const decoder = new GoldmaneDecoder();

/** `shop Deployment/cart → pub tcp/443 allowed ×3 1000 B`, or why not. */
function told(key: object): string {
  const flow = decoder.read(encodeFlowResult(goldmaneFlow(1_788_246_600, 443, key)));
  if (flow === undefined) return decoder.error;
  const coarse = coarseOf(flow, "eu-1", 1_788_246_700_000);
  if (coarse === undefined) return "passed over";
  const { cluster, namespace, workload, destination, protocol, port, verdict, flows, bytes, atMs } = coarse;
  expect([cluster, atMs]).toEqual(["eu-1", 1_788_246_600_000]);
  const l4 = port === undefined ? protocol : `${protocol}/${port}`;
  return `${namespace} ${workload.kind}/${workload.name} → ${destination} ${l4} ${verdict} ×${flows} ${bytes} B`;
}

describe("a flow of Goldmane", () => {
  const usual = "shop Deployment/cart → pub tcp/443 allowed ×3 1000 B";
  test.each([
    ["as it comes", {}, usual],
    ["denied", { action: "Deny" }, usual.replace("allowed", "denied")],
    ["passed on to other policies", { action: "Pass" }, usual.replace("allowed", "seen")],
    ["to private addresses", { dest_name: "pvt" }, usual.replace("pub", "pvt")],
    [
      "to a network set",
      { dest_type: "NetworkSet", dest_name: "partners", dest_namespace: "shop" },
      usual.replace("pub", "shop/partners"),
    ],
    ["to a host", { dest_type: "HostEndpoint", dest_name: "node-1" }, usual.replace("pub", "node-1")],
    ["of a DaemonSet or StatefulSet", { source_name: "db-*" }, usual.replace("Deployment/cart", "Workload/db")],
    ["of a CronJob's run", { source_name: "report-28512345-*" }, usual.replace("Deployment/cart", "CronJob/report")],
    ["of a bare pod", { source_name: "db-0" }, usual.replace("Deployment/cart", "StatefulSet/db")],
    ["over UDP", { proto: "udp" }, usual.replace("tcp", "udp")],
    ["of a ping", { proto: "icmp", dest_port: 0 }, usual.replace("tcp/443", "icmp")],
    ["over a protocol without a name", { proto: "47" }, usual.replace("tcp", "other")],
    ["as its destination reports it", { reporter: "Dst" }, "passed over"],
    ["between pods", { dest_type: "WorkloadEndpoint" }, "passed over"],
    ["of a host", { source_type: "HostEndpoint" }, "passed over"],
    ["without a namespace", { source_namespace: "-" }, "passed over"],
    ["without a reporter", { reporter: "ReporterUnspecified" }, "old_goldmane"],
  ])("%s", (_, key, expected) => {
    expect(told(key)).toBe(expected);
  });

  test("fits into a batch, however long its names and however far its clock", () => {
    const long = { dest_type: "NetworkSet", dest_name: "n".repeat(253), dest_namespace: "s".repeat(253) };
    const coarse = coarseOf(
      decoder.read(encodeFlowResult(goldmaneFlow(2 ** 52, 443, long)))!,
      "eu-1",
      1_788_246_600_000,
    )!;
    expect(coarse.destination).toHaveLength(253);
    expect(coarse.atMs).toBe(1_788_246_600_000);
  });

  test("of a build before enums is not understood", () => {
    const key = { source_name: "cart-*", reporter: "src", action: "allow" };
    expect(decoder.read(encodeOldFlowResult({ flow: { Key: key, start_time: 1 } }))).toBeUndefined();
    expect(decoder.error).toBe("old_goldmane");
  });

  test("that is broken never throws", () => {
    const whole = encodeFlowResult(goldmaneFlow(1_788_246_600, 443));
    const changed = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Uint8Array.from(whole);
      bytes[at] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const flow = decoder.read(bytes);
        expect(flow === undefined || (coarseOf(flow, "", 0)?.destination.length ?? 0) <= 253).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
