/** Looking around: lists, one namespace, traffic, and what the shell does everywhere. */
import { rm } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FixtureServer, startFixtureServer } from "../../web/fixture-server.ts";
import { builtApplication } from "./application.ts";
import { barriersOf, journey, lacksChromium, type OpenPage, overhangOf, RealBrowser } from "./browser.ts";
import { boxOf, focused, isDark } from "./page-looks.ts";

const isSkipped = lacksChromium();

describe.skipIf(isSkipped)("looking around", () => {
  let webFolder: string;
  let server: FixtureServer;
  let browser: RealBrowser;
  beforeAll(async () => {
    webFolder = await builtApplication();
    // Of the size that the figures are about: nearly a hundred thousand edges.
    server = await startFixtureServer({ namespaces: 1_000, proposals: 40, webFolder });
    browser = await RealBrowser.open();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await rm(webFolder, { recursive: true, force: true });
  });

  async function visit(
    name: string,
    path: string,
    steps: (page: Page, open: OpenPage) => Promise<void>,
  ): Promise<void> {
    const open = await browser.page(server.url);
    await journey(name, open, async (page) => {
      await page.goto(path);
      await page.locator("h1").waitFor();
      await steps(page, open);
    });
    expect(open.complaints).toEqual([]);
    await open.context.close();
  }

  test("a list keeps its filters, order and page in the URL", async () => {
    await visit("namespaces list", "/namespaces", async (page) => {
      const first = page.locator("tbody tr").first();
      await page.getByText("1–50 of 1,000").waitFor();
      await page.getByRole("button", { name: "Flows, 7 days" }).click();
      await page.waitForURL(/sort=-flows/);
      await page.getByRole("button", { name: "Next page" }).click();
      await page.getByText("51–100 of 1,000").waitFor();
      const shown = await first.innerText();
      await page.reload();
      await page.getByText("51–100 of 1,000").waitFor();
      expect(await first.innerText()).toBe(shown);
      await page.getByRole("button", { name: "Previous page" }).click();
      await page.getByText("1–50 of 1,000").waitFor();

      await page.getByRole("button", { name: "Coverage" }).click();
      await page.getByRole("menuitem", { name: "Partly open" }).click();
      await page.keyboard.press("Escape");
      await page.waitForURL(/coverage=partial/);
      await page.keyboard.press("/");
      await page.keyboard.type("billing");
      await page.waitForURL(/q=billing/);
      await page.getByRole("button", { name: "Remove filter Coverage: Partly open" }).click();
      await page.getByText("1–50 of 100").waitFor();
      expect(page.url()).not.toContain("coverage");
      await page.keyboard.press("Escape");
      await page.getByRole("textbox", { name: "Search namespaces" }).fill("nothing is called so");
      await page.getByText("No namespaces here").waitFor();
    });
  });

  test("a hundred thousand rows scroll, and only those in sight are in the document", async () => {
    await visit("traffic table", "/traffic?window=7d", async (page) => {
      const region = page.getByRole("region", { name: "Connections, scrolls" });
      const table = page.getByRole("grid", { name: "Connections" });
      await table.locator("tbody tr[aria-rowindex='2'] td").nth(3).waitFor();
      const count = Number(await table.getAttribute("aria-rowcount"));
      expect(count).toBeGreaterThan(90_000);
      // Dragged to the end and half the way back: only what is in sight where the bar rests is fetched.
      const asked: string[] = [];
      page.on("request", (request) => {
        if (request.url().includes("/api/v1/traffic?"))
          asked.push(new URL(request.url()).searchParams.get("skip") ?? "0");
      });
      for (const share of [0.2, 0.4, 0.6, 0.8, 1, 0.9, 0.7, 0.5]) {
        await region.evaluate((element, part) => {
          const place = element as unknown as { scrollTop: number; scrollHeight: number };
          place.scrollTop = place.scrollHeight * part;
        }, share);
      }
      const middle = Math.round(count / 2);
      await table.locator(`tbody tr[aria-rowindex='${middle}'] td`).nth(3).waitFor();
      const heights = await table
        .locator("tbody tr[aria-rowindex]")
        .evaluateAll((rows) => rows.map((row) => (row as unknown as { offsetHeight: number }).offsetHeight));
      expect(new Set(heights)).toEqual(new Set([38]));
      expect(asked.length).toBeLessThan(8);
      expect(await table.locator("tbody tr").count()).toBeLessThan(80);
      const flows = await table.locator("tbody tr[aria-rowindex] td[data-label=Flows]").allInnerTexts();
      expect(flows.length).toBeGreaterThan(10);
      await region.focus();
      await page.keyboard.press("Home");
      await table.locator("tbody tr[aria-rowindex='2'] td").nth(3).waitFor();
      expect(await barriersOf(page)).toEqual([]);
    });
  });

  test("traffic is grouped, narrowed and opened, and the way back is the browser's", async () => {
    await visit("traffic groups", "/traffic?window=7d&by=namespace&by=port", async (page) => {
      await page.getByRole("grid", { name: "Groups of connections" }).waitFor();
      const row = page.locator("tbody tr[aria-rowindex='2']");
      const cluster = await row.locator("td[data-label=Cluster]").innerText();
      const namespace = await row.locator("td[data-label=Namespace]").innerText();
      await row.getByRole("button", { name: /flows, show the connections/ }).click();
      await page.waitForURL(/namespace=/);
      expect(new URL(page.url()).searchParams.get("cluster")).toBe(cluster);
      expect(new URL(page.url()).searchParams.get("namespace")).toBe(namespace);
      expect(new URL(page.url()).searchParams.has("by")).toBe(false);
      await page.getByRole("grid", { name: "Connections" }).waitFor();
      await page.goBack();
      await page.getByRole("grid", { name: "Groups of connections" }).waitFor();
      const value = page.getByRole("textbox", { name: "Value, press Enter to filter" });
      await page.getByRole("combobox", { name: "Filter by" }).selectOption("port");
      await value.fill("https");
      await value.press("Enter");
      await page.getByText("a port is a number of 0 to 65535").waitFor();
      await value.fill("443");
      await value.press("Enter");
      await page.getByRole("button", { name: "Remove filter Port: 443" }).waitFor();
    });
  });

  test("a part of the chart becomes the window, by mouse and by keyboard", async () => {
    await visit("traffic chart", "/traffic?window=7d", async (page) => {
      const chart = page.getByRole("slider", { name: /Flows over time/ });
      await chart.waitFor();
      const box = await boxOf(chart);
      await page.mouse.move(box.x + box.width * 0.4, box.y + 60);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 5 });
      await page.mouse.up();
      await page.waitForURL(/fromMs=\d+&toMs=\d+/);
      await page.getByRole("button", { name: "Back to the whole window" }).click();
      await page.waitForURL((url) => !url.searchParams.has("fromMs"));
      await chart.waitFor();
      await chart.focus();
      await page.keyboard.press("Home");
      expect(await chart.getAttribute("aria-valuetext")).toMatch(/allowed/);
      for (let count = 0; count < 4; count += 1) await page.keyboard.press("Shift+ArrowRight");
      await page.keyboard.press("Enter");
      await page.waitForURL(/fromMs=\d+&toMs=\d+/);
      await page.getByRole("button", { name: "Show as table" }).click();
      await page.getByRole("region", { name: "Flows over time, as a table" }).waitFor();
    });
  });

  test("a map of 500 destinations stays readable, and is used without a mouse", async () => {
    await visit("flow map", "/namespaces/east/shop-api?most=500", async (page) => {
      const nodes = page.locator("g[data-node]");
      await nodes.first().waitFor();
      const places = await nodes.evaluateAll((elements) =>
        elements.map((element) => {
          const { x, y, height } = (
            element as unknown as { getBoundingClientRect(): DOMRectLike }
          ).getBoundingClientRect();
          return { x: Math.round(x), y, height };
        }),
      );
      expect(places.length).toBeGreaterThan(150);
      for (const column of Map.groupBy(places, ({ x }) => x).values()) {
        const sorted = column.toSorted((a, b) => a.y - b.y);
        expect(
          sorted.every(
            ({ y }, index) => index === 0 || y >= (sorted[index - 1]?.y ?? 0) + (sorted[index - 1]?.height ?? 0),
          ),
        ).toBe(true);
      }
      const picture = page.getByRole("group", { name: /Who talks to what/ });
      await picture.focus();
      await page.keyboard.press("-");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("0");
      await page.keyboard.press("Tab");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.waitForURL(/focus=workload/);
      await page.getByRole("link", { name: "All flows of it" }).waitFor();
      expect(await nodes.count()).toBeLessThan(places.length);
      await page.getByRole("button", { name: "Show all again", exact: true }).first().click();
      await page.getByRole("textbox", { name: "Find workloads and services" }).fill("stripe");
      await page.locator("g[data-node='service:api.stripe.com']").waitFor();
      await page.getByRole("button", { name: "Table" }).click();
      await page.getByRole("grid", { name: "Who talks to what" }).waitFor();
      await page.reload();
      await page.getByRole("grid", { name: "Who talks to what" }).waitFor();
    });
  });

  test("a line of a policy leads to the evidence of its rule, and on to the flows", async () => {
    await visit("policy", "/namespaces/east/shop-api?tab=policy", async (page) => {
      await page.getByRole("button", { name: /rule 1: show its evidence/ }).click();
      const rule = page.locator("li[data-rule='1']");
      await rule.getByRole("button", { pressed: true }).waitFor();
      await rule.getByRole("link", { name: /connections/ }).click();
      await page.waitForURL(/\/traffic\?.*name=/);
      await page.getByRole("grid", { name: "Connections" }).waitFor();
      expect(await page.title()).toBe("Traffic · Postern");
    });
  });

  test.each([
    ["light", 1280],
    ["dark", 360],
  ] as const)("the tabs of a namespace, %s at %i px: nothing in the way", async (theme, width) => {
    const open = await browser.page(server.url, { theme, width });
    const found: string[] = [];
    const tabs = [
      "",
      "?view=table",
      "?focus=workload:Deployment/web",
      "?tab=policy",
      "?tab=findings",
      "?tab=history",
      "?tab=proposals",
      "?tab=phase",
    ];
    for (const query of tabs) {
      await journey(`namespace ${theme} ${width} ${query}`, open, async (page) => {
        await page.goto(`/namespaces/east/shop-api${query}`);
        await page.getByRole("tabpanel").waitFor();
        await page.locator("[role=status][aria-label^=Loading]").first().waitFor({ state: "detached" });
        found.push(...(await barriersOf(page)).map((barrier) => `${query}: ${barrier}`));
        const overhang = await overhangOf(page);
        if (overhang > 0) found.push(`${query}: ${overhang} px too wide`);
      });
    }
    expect(found).toEqual([]);
    expect(open.complaints).toEqual([]);
    await open.context.close();
  });

  test("a phase is changed, and automation asks for a day to look again", async () => {
    await visit("phase", "/namespaces/west/billing-api?tab=phase", async (page) => {
      await page.getByRole("radio", { name: "Automate" }).check();
      const day = page.getByRole("textbox", { name: "People look again by" });
      await day.fill("2020-01-01");
      expect(await page.getByRole("button", { name: "Change phase" }).isDisabled()).toBe(true);
      await day.fill("2090-01-01");
      await page.getByText("choose a day within a year").first().waitFor();
      await day.fill(new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10));
      await page.getByRole("button", { name: "Change phase" }).click();
      await page.getByText("billing-api is in phase automate").waitFor();
      await page.getByRole("heading", { name: /Changes of low risk go without a person/ }).waitFor();
    });
  });

  test("automation that stopped itself says why, and is started again", async () => {
    await visit("stopped", "/namespaces/east/identity-ledger?tab=phase", async (page) => {
      await page.getByText("203.0.113.7:443, which it needs, was denied").waitFor();
      await page.getByRole("radio", { name: "Automate" }).check();
      await page.getByRole("button", { name: "Start again" }).click();
      await page.getByText("identity-ledger is in phase automate").waitFor();
      await page.getByText("Automation stopped itself here").waitFor({ state: "detached" });
      expect(await page.getByRole("button", { name: "Change phase" }).isDisabled()).toBe(true);
    });
  });

  test("the keyboard goes everywhere: help, pages, focus and titles", async () => {
    await visit("keyboard", "/", async (page) => {
      await page.getByText("Needs a decision").waitFor();
      await page.keyboard.press("Tab");
      expect(await focused(page)).toContain("Skip to content");
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
      expect(await barriersOf(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("g");
      await page.keyboard.press("n");
      await page.waitForURL(/\/namespaces$/);
      await page.getByRole("heading", { name: "Namespaces", level: 1 }).waitFor();
      await page.locator("h1:focus").waitFor();
      expect(await page.title()).toBe("Namespaces · Postern");
      const switcher = page.getByRole("combobox", { name: "Go to namespace" });
      await switcher.fill("shop-web");
      await page
        .getByRole("option", { name: /^shop-web east|^shop-web/ })
        .first()
        .waitFor();
      await switcher.press("Enter");
      await page.waitForURL(/\/namespaces\/[a-z-]+\/shop-web/);
    });
  });

  test("the theme follows the system until somebody chooses", async () => {
    const open = await browser.page(server.url, { theme: "dark" });
    await journey("theme", open, async (page) => {
      await page.goto("/");
      await page.getByText("Needs a decision").waitFor();
      expect(await isDark(page)).toBe(true);
      await page.getByRole("button", { name: "Theme: As the system" }).click();
      await page.getByRole("menuitem", { name: "Light" }).click();
      expect(await isDark(page)).toBe(false);
      await page.reload();
      await page.getByText("Needs a decision").waitFor();
      expect(await isDark(page)).toBe(false);
    });
    expect(open.complaints).toEqual([]);
    await open.context.close();
  });

  test("the sample says what to look at first, until it is told not to", async () => {
    await visit("guide", "/", async (page) => {
      const guide = page.getByRole("heading", { name: /This is a sample cluster/ });
      await guide.waitFor();
      await page.getByRole("link", { name: "Propose a policy for it" }).click();
      await page.waitForURL(/\/proposals\/new\?cluster=.+&namespace=.+/);
      await page.goBack();
      await page.getByRole("button", { name: "Close the guide" }).click();
      await page.reload();
      await page.getByText("Needs a decision").waitFor();
      expect(await guide.count()).toBe(0);
    });
  });

  test("what the server tells is asked for anew", async () => {
    await visit("live", "/", async (page) => {
      await page.getByText("Needs a decision").waitFor();
      const asked = page.waitForRequest(/\/api\/v1\/overview$/);
      server.tell({ type: "traffic", namespaces: [{ cluster: "east", namespace: "shop-api", flows: 3, denied: 0 }] });
      expect((await asked).method()).toBe("GET");
    });
  });

  test("a server that saw nothing says how to begin", async () => {
    const empty = await startFixtureServer({ namespaces: 0, proposals: 0, webFolder });
    const open = await browser.page(empty.url);
    await journey("empty", open, async (page) => {
      const words: readonly (readonly [string, string])[] = [
        ["/", "Nothing has been recorded yet"],
        ["/namespaces", "No namespace has been seen yet"],
        ["/traffic", "No traffic here"],
        ["/sources", "No source is connected"],
      ];
      for (const [path, text] of words) {
        await page.goto(path);
        await page.getByText(text).first().waitFor();
        expect(await barriersOf(page)).toEqual([]);
      }
      // Without the server's own folder the token would be one of another server.
      const command = await page.getByRole("textbox", { name: "Command that makes a token" }).inputValue();
      expect(command).toContain("postern token create --data ");
      await page.goto("/sources?limit=500");
      expect(await page.getByRole("combobox", { name: "Rows on a page" }).inputValue()).toBe("500");
    });
    expect(open.complaints).toEqual([]);
    await open.context.close();
    await empty.close();
  });

  test("a server that goes away is told, and the page stays", async () => {
    const short = await startFixtureServer({ namespaces: 10, proposals: 5, webFolder });
    const open = await browser.page(short.url);
    await journey("lost", open, async (page) => {
      await page.goto("/sources");
      await page.getByText("acl-log-east").first().waitFor();
      await short.close();
      await page.getByText("Connection to the server lost").waitFor();
      expect(await page.getByText("acl-log-east").count()).toBeGreaterThan(0);
      await page.setViewportSize({ width: 360, height: 800 });
      const widths = await page.locator(".pf-v6-c-banner").evaluate((banner) => {
        const { scrollWidth, clientWidth } = banner as unknown as { scrollWidth: number; clientWidth: number };
        return { scrollWidth, clientWidth };
      });
      expect(widths.scrollWidth).toBe(widths.clientWidth);
    });
    await open.context.close();
  });
});

interface DOMRectLike {
  readonly x: number;
  readonly y: number;
  readonly height: number;
}
