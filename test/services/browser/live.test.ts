/** What happens while a page is open, on the real server: flows that arrive, and a server that goes and comes back. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HttpSink } from "../../../src/adapters/collector-client/ship.ts";
import { packBatch } from "../../../src/adapters/outbox/pack.ts";
import { batchForTest, hourMs, monday } from "../../history/batch-for-test.ts";
import { freePort, postern, Served } from "../collector/served.ts";
import { builtApplication } from "./application.ts";
import { journey, lacksChromium, type OpenPage, RealBrowser } from "./browser.ts";

const linkOfFirstRun = /http:\/\/\S+\/sign-in\/link#[\w-]+/;

describe.skipIf(lacksChromium())("an open page", () => {
  let folder: string;
  let built: string;
  let served: Served;
  let browser: RealBrowser;
  let open: OpenPage;
  let sequence = 0;

  beforeAll(async () => {
    built = await builtApplication();
    folder = await mkdtemp(join(tmpdir(), "postern-live-"));
    served = new Served(await freePort(), "--data", folder);
    await served.start();
    const token = await postern("token", "create", "--data", folder, "--cluster", "east");
    await writeFile(join(folder, "token"), token.stdout, { mode: 0o600 });
    browser = await RealBrowser.open();
    open = await browser.page(served.url);
    await signIn();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end("SIGTERM");
    await rm(folder, { recursive: true, force: true });
    await rm(built, { recursive: true, force: true });
  });

  async function signIn(): Promise<void> {
    for (let tries = 0; !linkOfFirstRun.test(served.said); tries += 1) {
      if (tries > 300) throw new Error(`no link for the first run was printed:\n${served.said}`);
      await sleep(50);
    }
    await journey("first sign-in", open, async (page) => {
      await page.goto(linkOfFirstRun.exec(served.said)![0]);
      await page.getByRole("textbox", { name: "Password", exact: true }).fill("a few good words");
      await page.getByRole("textbox", { name: "Password again" }).fill("a few good words");
      await page.getByRole("button", { name: "Begin" }).click();
      await page.getByRole("heading", { name: "Overview" }).waitFor();
    });
  }

  /** One new connection, as an observer ships it, seen a moment ago. */
  async function ship(address: string): Promise<void> {
    sequence += 1;
    const edges = [[`shop/Deployment/cart tcp ${address}:443`, Math.floor(Date.now() / hourMs) - monday, 7]] as const;
    const sink = new HttpSink({
      url: new URL(served.url),
      tokenFile: join(folder, "token"),
      tls: undefined,
      timeoutMs: 5_000,
    });
    const batch = batchForTest(edges, { observer: "node-a", sequence, sealedAtMs: Date.now() });
    const delivery = await sink.deliverPacked(packBatch(batch), new AbortController().signal);
    await sink.close();
    expect(delivery.kind).toBe("stored");
  }

  test("shows a flow that arrives, without being loaded anew", async () => {
    await journey("arrival", open, async (page) => {
      await page.goto("/traffic?window=1h");
      await page.getByText("No traffic here").waitFor();
      await page.evaluate("globalThis.stays = true");
      // The first fills an empty page, the second joins a list; either may meet the end of a question that is under way.
      for (const address of ["192.0.2.10", "2001:db8::20"]) {
        const beganMs = performance.now();
        await ship(address);
        await page.getByRole("button", { name: address }).waitFor();
        process.stderr.write(`a flow shows ${Math.round(performance.now() - beganMs)} ms after it is shipped\n`);
      }
      expect(await page.evaluate("globalThis.stays")).toBe(true);
    });
    expect(open.complaints).toEqual([]);
  });

  test.each(["SIGTERM", "SIGKILL"] as const)("outlives a server that ends by %s and comes back", async (signal) => {
    await journey(`back after ${signal}`, open, async (page) => {
      await page.goto("/traffic?window=1h");
      await page.getByRole("button", { name: "192.0.2.10" }).waitFor();
      await page.evaluate("globalThis.stays = true");
      await served.end(signal);
      await page.getByText("Connection to the server lost").waitFor();
      await served.start();
      await page.getByText("Connection to the server lost").waitFor({ state: "detached", timeout: 60_000 });
      const address = signal === "SIGTERM" ? "192.0.2.30" : "192.0.2.40";
      await ship(address);
      await page.getByRole("button", { name: address }).waitFor();
      expect(await page.evaluate("globalThis.stays")).toBe(true);
    });
  });

  test("tells who was signed out meanwhile", async () => {
    await journey("signed out", open, async (page) => {
      const other = await open.context.newPage();
      await page.goto("/traffic?window=1h");
      await page.getByRole("button", { name: "192.0.2.10" }).waitFor();
      await other.goto("/");
      await other.getByRole("button", { name: /^Signed in as/ }).click();
      await other.getByRole("menuitem", { name: "Sign out" }).click();
      await page.bringToFront();
      await page.waitForURL(/\/sign-in\?next=%2Ftraffic/);
    });
    expect(new URL(open.page.url()).pathname).toBe("/sign-in");
  });
});
