import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { auditRow, checkpointView, inclusionProof } from "../../src/app/wire/audit.ts";
import { type Page, pageOf, problem } from "../../src/app/wire/list.ts";
import { flowMap, namespaceDetail, namespaceSummary, phaseView } from "../../src/app/wire/namespaces.ts";
import { overview } from "../../src/app/wire/overview.ts";
import { previewAnswer, proposalDetail, proposalSummary } from "../../src/app/wire/proposals.ts";
import { ruleFinding } from "../../src/app/wire/rules.ts";
import { sessionView, signInWays } from "../../src/app/wire/session.ts";
import { settingsView } from "../../src/app/wire/settings.ts";
import { sourceRow } from "../../src/app/wire/sources.ts";
import { timeline, type TrafficRow, trafficRow } from "../../src/app/wire/traffic.ts";
import { type FixtureServer, startFixtureServer } from "./fixture-server.ts";

let server: FixtureServer;
beforeAll(async () => {
  server = await startFixtureServer({ namespaces: 40, proposals: 60 });
});
afterAll(async () => {
  await server.close();
});

async function ask(path: string, init?: RequestInit): Promise<unknown> {
  return (await fetch(`${server.url}/api/v1/${path}`, init)).json();
}

describe("the made-up server answers in the real one's shapes", () => {
  test.each<[string, z.ZodType]>([
    ["overview", overview],
    ["namespaces?coverage=none&sort=-flows", pageOf(namespaceSummary)],
    ["namespaces/east/shop-api", namespaceDetail],
    ["namespaces/east/shop-api/flow-map?most=10", flowMap],
    ["proposals?state=draft&state=approved", pageOf(proposalSummary)],
    ["proposals/1", proposalDetail],
    ["traffic?limit=3", pageOf(trafficRow)],
    ["traffic?by=namespace&by=port&sort=-destinations", pageOf(trafficRow)],
    ["traffic/timeline?by=cluster", timeline],
    ["rules", pageOf(ruleFinding)],
    ["audit", pageOf(auditRow)],
    ["audit/7/proof", inclusionProof],
    ["audit/checkpoint", checkpointView],
    ["sources", pageOf(sourceRow)],
    ["settings", settingsView],
    ["session", sessionView],
    ["sign-in", signInWays],
    ["namespaces/east/nothing", problem],
    ["traffic?limit=0", problem],
  ])("%s", async (path, shape) => {
    expect(shape.safeParse(await ask(path)).error).toBeUndefined();
  });

  test("a phase, a preview and an action", async () => {
    const json = { "content-type": "application/json", "if-match": '"1"' };
    const changed = await ask("namespaces/east/shop-api/phase", {
      method: "PUT",
      headers: json,
      body: '{"phase":"review"}',
    });
    expect(phaseView.parse(changed).phase).toBe("review");
    const preview = await ask("proposals/1/preview", { method: "POST", headers: json, body: '{"manifest":"kind: x"}' });
    expect(previewAnswer.parse(preview).findings).toHaveLength(1);
    const body = JSON.stringify({ action: "approve", revision: 1 });
    const approved = await ask("proposals/1/actions", { method: "POST", headers: json, body });
    expect(proposalDetail.parse(approved).state).toBe("approved");
    expect(problem.parse(await ask("proposals/1/actions", { method: "POST", headers: json, body })).status).toBe(412);
  });

  test("pages of a list follow each other without gap", async () => {
    const page = async (query: string): Promise<Page<TrafficRow>> =>
      (await ask(`traffic?sort=address&${query}`)) as Page<TrafficRow>;
    const first = await page("limit=2");
    const second = await page(`limit=2&cursor=${first.nextCursor ?? ""}`);
    const both = await page("limit=4");
    expect([...first.items, ...second.items]).toEqual(both.items);
  });
});
