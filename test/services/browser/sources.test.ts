/** Whether everything that should be seen is seen: what is wrong with sources, and what to do about it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Application, openApplication } from "./application.ts";
import { barriersOf, journey, lacksChromium } from "./browser.ts";

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
});
