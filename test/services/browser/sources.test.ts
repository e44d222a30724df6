/** Whether everything that should be seen is seen: what is wrong with sources, what to do about it, and whether what is shown is the present. */
import type { Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Application, openApplication } from "./application.ts";
import { barriersOf, journey, lacksChromium, overhangOf } from "./browser.ts";

describe.skipIf(lacksChromium())("the sources", () => {
  let application: Application;
  beforeAll(async () => {
    application = await openApplication();
  });
  afterAll(async () => {
    await application.close();
  });

  test("the worst comes first, with what to do about it, and news come without being told", async () => {
    const open = await application.browser.page(application.server.url);
    await journey("sources", open, async (page) => {
      await page.clock.install();
      await page.goto("/sources");
      const first = page.getByRole("grid", { name: "sources" }).locator("tbody tr").first();
      await first.getByText("Retrying").waitFor();
      await first.getByRole("img", { name: /no report in 19 minutes; some missing in 1 minute/ }).waitFor();
      await page.getByRole("button", { name: "Trouble" }).click();
      await page.getByRole("menuitem", { name: "Records lost" }).click();
      await page.getByText("No sources here").waitFor();
      await page.getByRole("button", { name: "Clear all filters" }).first().click();
      await first.getByRole("link").first().click();
      await page.waitForURL(/\/sources\/one\?cluster=edge-berlin/);
      await page.getByRole("heading", { name: "Retrying" }).waitFor();
      await page.getByText("Mend what the message says.").waitFor();
      await page.getByText("last from 10.9.0.7").waitFor();
      await page.getByText("The observer reported nothing in 19 minutes of the last hour").waitFor();
      await page.getByRole("button", { name: "Show as table" }).first().click();
      await page.getByRole("region", { name: "Records a minute, as a table" }).getByText("not known").first().waitFor();
      expect(await barriersOf(page)).toEqual([]);
      const asked = page.waitForRequest(/\/api\/v1\/sources\?cluster=edge-berlin/);
      await page.clock.runFor(11_000);
      await asked;
    });
    expect(open.complaints).toEqual([]);
  });

  test.each([
    ["/sources", "light", 1280],
    ["/sources/one?cluster=east&observer=observer-east&source=hubble-east", "dark", 360],
  ] as const)(
    "%s stays while the server cannot be asked, and is not taken for the present",
    async (path, theme, width) => {
      const open = await application.browser.page(application.server.url, { theme, width });
      await journey(`outdated ${theme}`, open, async (page) => {
        await page.clock.install();
        await page.goto(path);
        const known = page.getByText("hubble-east").first();
        await known.waitFor();
        let status = 503;
        await page.route(
          /\/api\/v1\/sources\?/,
          refusal(() => status),
        );
        await page.clock.runFor(11_000);
        await page.getByRole("heading", { name: "Not up to date" }).waitFor();
        await page.getByText(/^This is as of .* and could not be asked for again: the disk is full\.$/).waitFor();
        expect(await known.isVisible()).toBe(true);
        expect(await barriersOf(page)).toEqual([]);
        expect(await overhangOf(page)).toBe(0);
        // What the server refuses by now is no longer shown.
        status = 403;
        await page.getByRole("button", { name: "Try again" }).click();
        await page.getByRole("heading", { name: "You may not see this" }).waitFor();
        expect(await page.getByRole("heading", { name: "Not up to date" }).count()).toBe(0);
        await page.unrouteAll();
        await page.getByRole("button", { name: "Try again" }).click();
        await page.getByRole("heading", { name: "You may not see this" }).waitFor({ state: "detached" });
        await known.waitFor();
      });
      await open.context.close();
    },
  );

  test("a name without a place to break stays within a narrow window", async () => {
    const open = await application.browser.page(application.server.url, { width: 360 });
    await journey("long name", open, async (page) => {
      await page.goto(`/sources/one?cluster=${"c".repeat(60)}&observer=o&source=${"s".repeat(63)}`);
      await page.getByText("There is no source of this name").waitFor();
      const above = await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("listitem").all();
      expect(above).toHaveLength(3);
      for (const part of [...above, page.getByRole("heading", { level: 1 })]) {
        const { x = 0, width = 999 } = (await part.boundingBox()) ?? {};
        expect(x + width).toBeLessThanOrEqual(360);
      }
    });
    expect(open.complaints).toEqual([]);
    await open.context.close();
  });

  test("the last hour follows the present where nothing arrives, and its chart stays meanwhile", async () => {
    const open = await application.browser.page(application.server.url);
    await journey("traffic goes on", open, async (page) => {
      await page.clock.install();
      await page.goto("/traffic?window=1h");
      const chart = page.getByRole("slider", { name: /Flows over time/ });
      await chart.waitFor();
      let answer: () => void = () => {};
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route(/\/api\/v1\/traffic\/timeline\?/, async (route) => {
        await held;
        await route.fallback();
      });
      const asked = page.waitForRequest(/\/api\/v1\/traffic\/timeline\?/);
      await page.clock.runFor(121_000);
      const { searchParams } = new URL((await asked).url());
      expect(Number(searchParams.get("toMs")) - Number(searchParams.get("fromMs"))).toBe(3_600_000);
      expect(await chart.isVisible()).toBe(true);
      answer();
      await page.unrouteAll({ behavior: "wait" });
    });
    expect(open.complaints).toEqual([]);
    await open.context.close();
  });

  test("traffic that could not be asked for again stays, and is not taken for the present", async () => {
    const open = await application.browser.page(application.server.url, { theme: "dark", width: 360 });
    await journey("outdated traffic", open, async (page) => {
      const nowMs = Date.now();
      await page.goto(`/traffic?fromMs=${nowMs - 7 * 86_400_000}&toMs=${nowMs}`);
      const rows = page.getByRole("grid", { name: "Connections" });
      await rows.waitFor();
      await page.getByRole("slider", { name: /Flows over time/ }).waitFor();
      await page.route(
        /\/api\/v1\/traffic/,
        refusal(() => 503),
      );
      await page.getByRole("button", { name: "Ask anew" }).click();
      await page.getByRole("heading", { name: "Not up to date" }).waitFor();
      await page.getByText("The chart could not be asked for again: the disk is full").waitFor();
      expect(await rows.isVisible()).toBe(true);
      expect(await barriersOf(page)).toEqual([]);
      expect(await overhangOf(page)).toBe(0);
      await page.unrouteAll();
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("heading", { name: "Not up to date" }).waitFor({ state: "detached" });
      await page.getByText("The chart could not be asked for again").waitFor({ state: "detached" });
    });
    await open.context.close();
  });

  test("where nothing was recorded, filters are blamed only when there are any", async () => {
    const open = await application.browser.page(application.server.url);
    await journey("no traffic", open, async (page) => {
      await page.goto("/traffic?fromMs=1000000000&toMs=1003600000");
      await page.getByText("No traffic here").waitFor();
      await page.getByRole("link", { name: "See the sources" }).waitFor();
      expect(await page.getByRole("button", { name: "Clear all filters" }).count()).toBe(0);
      await page.goto("/traffic?fromMs=1000000000&toMs=1003600000&namespace=shop");
      await page.getByText("take a filter away").waitFor();
    });
    expect(open.complaints).toEqual([]);
    await open.context.close();
  });
});

/** Every answer is this refusal. */
function refusal(status: () => number): (route: Route) => Promise<void> {
  return async (route) => {
    const problem = {
      type: "about:blank",
      title: "no",
      status: status(),
      code: "test",
      detail: "the disk is full",
      requestId: "",
    };
    await route.fulfill({ status: problem.status, contentType: "application/problem+json", json: problem });
  };
}
