/** Whether everything that should be seen is seen: what is wrong with sources, and what to do about it. */
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
        await page.route(/\/api\/v1\/sources\?/, async (route) => {
          const problem = {
            type: "about:blank",
            title: "no",
            status,
            code: "test",
            detail: "the disk is full",
            requestId: "",
          };
          await route.fulfill({ status, contentType: "application/problem+json", json: problem });
        });
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
});
