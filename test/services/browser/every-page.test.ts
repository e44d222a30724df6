import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Application, openApplication } from "./application.ts";
import { barriersOf, journey, lacksChromium, overhangOf } from "./browser.ts";

/** Every page that there is, with the states that look different. */
const pages: readonly string[] = [
  "/",
  "/namespaces",
  "/namespaces/east/shop-api",
  "/traffic",
  "/sources",
  "/sources/one?cluster=edge-berlin&observer=observer-edge-berlin&source=ipfix-edge-berlin",
  "/sources/one?cluster=nowhere&observer=nobody&source=nothing",
  "/proposals",
  "/proposals?view=all",
  "/proposals?view=all&q=nothing+is+called+so",
  "/proposals/new",
  "/proposals/new?from=text",
  "/proposals/p-0001",
  "/proposals/p-0002?tab=changes",
  "/proposals/p-0001?tab=replay",
  "/proposals/p-0001?tab=evidence",
  "/proposals/p-0001?tab=law",
  "/proposals/p-0001?tab=readiness",
  "/proposals/p-0001?tab=discussion",
  "/proposals/p-0001?tab=pull-request",
  "/proposals/p-0001/edit",
  "/proposals/p-none",
  "/rules",
  "/audit",
  "/audit/5",
  "/settings",
  "/settings?tab=automation",
  "/settings?tab=stopped",
  "/settings?tab=repositories",
  "/settings?tab=users",
  "/sign-in",
  "/sign-in/link#a-secret",
  "/nowhere",
];

describe.skipIf(lacksChromium())("every page", () => {
  let application: Application;
  beforeAll(async () => {
    application = await openApplication();
  });
  afterAll(async () => {
    await application.close();
  });

  test.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
    ["light", 3840],
  ] as const)("%s, %i px wide: axe finds nothing, nothing sticks out, nothing complains", async (theme, width) => {
    const open = await application.browser.page(application.server.url, { theme, width, height: 900 });
    const found: string[] = [];
    for (const path of pages) {
      await journey(`${theme} ${width} ${path}`, open, async (page) => {
        await page.goto(path);
        await page.locator("h1").first().waitFor();
        await page.locator("[role=status][aria-label^=Loading]").first().waitFor({ state: "detached" });
        const barriers = await barriersOf(page);
        const overhang = await overhangOf(page);
        found.push(...barriers.map((barrier) => `${path}: ${barrier}`));
        if (overhang > 0) found.push(`${path}: the page is ${overhang} px wider than its window`);
      });
    }
    expect(found).toEqual([]);
    expect(open.complaints).toEqual([]);
  });
});
