import { expect, test } from "vitest";
import { freshCounts } from "../../src/app/live/observer-counts.ts";
import type { ObserverStatus } from "../../src/app/live/observer-status.ts";
import { CollectMetrics } from "../../src/surfaces/http/metrics.ts";
import { metricsText } from "../../src/surfaces/observer-http/metrics.ts";

/** The metrics of an exposition that are Postern's own, as rows of a table. */
function tableOf(exposition: string): string {
  const rows = [...exposition.matchAll(/^# HELP (postern_\w+) (.*)\n# TYPE \w+ (\w+)$/gm)];
  expect(rows.length).toBeGreaterThan(10);
  return [
    "| metric | kind | what |",
    "|---|---|---|",
    ...rows.map(([, name, help, kind]) => `| \`${name}\` | ${kind} | ${help} |`),
  ].join("\n");
}

/** With a value for everything, so that nothing is left out. */
const status = {
  cluster: { counts: { objects: 1, reconnects: 1, intervals: 1 } },
  sources: [
    {
      name: "flows",
      kind: "hubble",
      state: "running",
      message: "",
      totals: { ...freshCounts(), lagCount: 1, lagMax: 1, lastArrivalMs: 1 },
    },
  ],
  outbox: { batches: 1, bytes: 1 },
  batches: { sealed: 1, stored: 1, refused: 1, dropped: 1, edges: 1, names: 1, packedBytes: 1, sealedAtMs: 1 },
  outboxTrouble: undefined,
  deliveryTrouble: undefined,
} as unknown as ObserverStatus;

test("the reference page is what the programs answer", async () => {
  const { registry } = new CollectMetrics();
  const page = `# Metrics

What \`/metrics\` answers, in the text format of Prometheus. Totals begin with the process. This page is made from the answers; a test
keeps the two equal. Both programs tell about their process as well: \`process_…\` and \`nodejs_…\`.

## The observer

Of \`postern observe --metrics\`; see [the observer](../observer.md#watching-it). Metrics of sources have the labels \`source\` and \`kind\`.

${tableOf(metricsText(status))}

## The collector

Of \`postern serve\`; see [the collector](../collector.md#over-http). Metrics of sources have the labels \`cluster\`, \`observer\` and \`source\`;
sources that find no room are \`(others)\`. Those by code have the label \`code\`, from [the list of errors](errors.md#the-collector).

${tableOf(await registry.metrics())}
`;
  registry.clear();
  await expect(page).toMatchFileSnapshot("../../docs/reference/metrics.md");
});
