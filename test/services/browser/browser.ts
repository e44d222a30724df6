import { accessSync, constants, mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

function installedChromium(): string | undefined {
  return programs.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether suites that need a browser are to be skipped, which is said; in CI that is an error. */
export function lacksChromium(): boolean {
  if (installedChromium() !== undefined) return false;
  const missing = "Chromium is not installed, on Debian: apt-get install chromium";
  if ((process.env.CI ?? "") !== "") throw new Error(missing);
  process.stderr.write(`skipped: ${missing}\n`);
  return true;
}

export type Theme = "light" | "dark";

export interface PageOptions {
  /** In px: 360 is the narrowest phone that counts, 3840 is 4K. */
  readonly width?: number;
  readonly height?: number;
  readonly theme?: Theme;
}

/** One page of its own browser profile, and what must not happen on it. */
export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of scripts and of the console, and requests that left this machine: all must stay empty. */
  readonly complaints: string[];
}

/** Requests that the page itself handles when they are refused, which Chromium writes to the console nevertheless. */
const expectedRefusal = /^Failed to load resource: the server responded with a status of 4\d\d/;

export class RealBrowser {
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(): Promise<RealBrowser> {
    const executablePath = installedChromium();
    if (executablePath === undefined) throw new Error("Chromium is not installed");
    // As root there is no sandbox; pages come from this machine only. No shared memory is needed that containers lack.
    const args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"];
    return new RealBrowser(await chromium.launch({ executablePath, args }));
  }

  /** @param origin of the server: `http://127.0.0.1:…` */
  async page(origin: string, options: PageOptions = {}): Promise<OpenPage> {
    const context = await this.#browser.newContext({
      baseURL: origin,
      viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
      colorScheme: options.theme ?? "light",
      reducedMotion: "reduce",
      locale: "en-GB",
      timezoneId: "UTC",
    });
    context.setDefaultTimeout(20_000);
    this.#contexts.push(context);
    const complaints: string[] = [];
    await context.route("**/*", async (route) => {
      const { hostname, protocol } = new URL(route.request().url());
      if (protocol === "data:" || protocol === "blob:" || hostname === "127.0.0.1" || hostname === "localhost") {
        return route.fallback();
      }
      complaints.push(`left this machine: ${route.request().url()}`);
      return route.abort();
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !expectedRefusal.test(message.text())) {
        const { url, lineNumber, columnNumber } = message.location();
        complaints.push(`console: ${message.text()} at ${url}:${lineNumber}:${columnNumber}`);
      }
    });
    return { page, context, complaints };
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    await this.#browser.close();
  }
}

let axeSource: Promise<string> | undefined;

interface AxeViolation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
}

/** What axe finds against WCAG 2.1 A and AA and its own best practices, one sentence each; empty when nothing. */
export async function barriersOf(page: Page): Promise<readonly string[]> {
  axeSource ??= readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  // By the debugger, so that the page's content security policy has no say in it.
  await page.evaluate(await axeSource);
  const violations: readonly AxeViolation[] = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      readonly axe: { run(context: unknown, options: unknown): Promise<{ violations: AxeViolation[] }> };
    };
    const only = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] };
    return (await axe.run((globalThis as unknown as { document: unknown }).document, { runOnly: only })).violations;
  });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes
      .slice(0, 3)
      .map(({ target, failureSummary }) => `${id}: ${help} at ${target.join(" ")}: ${failureSummary ?? ""}`),
  );
}

/** By how many px the page is wider than its window: 0 where nobody has to scroll sideways. */
export async function overhangOf(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = (
      globalThis as unknown as { document: { documentElement: { scrollWidth: number; clientWidth: number } } }
    ).document.documentElement;
    return Math.max(0, scrollWidth - clientWidth);
  });
}

/** Runs a journey; when it fails, what the page looked like is kept, and the message says where. */
export async function journey(name: string, open: OpenPage, steps: (page: Page) => Promise<void>): Promise<void> {
  try {
    await steps(open.page);
  } catch (error) {
    const folder = join(tmpdir(), "postern-browser");
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, "-")}.png`);
    const isKept = await open.page.screenshot({ path, fullPage: true }).then(
      () => true,
      () => false,
    );
    const seen = isKept ? `\nthe page, ${open.page.url()}, looked like ${path}` : "";
    const heard = open.complaints.length === 0 ? "" : `\n${open.complaints.join("\n")}`;
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}${seen}${heard}`, {
      cause: error,
    });
  }
}
