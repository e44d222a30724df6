import { expect, test } from "vitest";
import { edge, harvestOf, onTerminal } from "./made-up.ts";

const harvest = harvestOf([
  edge("Deployment/web 192.0.2.7 tcp/443", 5, { verdict: "denied", decidedBy: ["EgressFirewall/shop/default#3"] }),
]);

test("replay tells what decided in the cluster, next to what would decide", async () => {
  const { stdout } = await onTerminal("replay flows.jsonl --policies new", { harvest, columns: 140 });
  expect(stdout).toContain("denied, says the recording; decided in the cluster by EgressFirewall/shop/default#3");
});

test("explain tells it of the flows that were recorded", async () => {
  const { stdout } = await onTerminal("explain -n shop --to 192.0.2.7:443 --policies old --flows flows.jsonl", {
    harvest,
    columns: 140,
  });
  expect(stdout).toContain("denied by EgressFirewall/shop/default#3");
});
