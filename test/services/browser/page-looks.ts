/** What a page in the browser looks like at the moment. */
import type { Locator, Page } from "playwright-core";

/** Throws where there is nothing to see. */
export async function boxOf(
  locator: Locator,
): Promise<{ readonly x: number; readonly y: number; readonly width: number }> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error("nothing is there");
  return box;
}

/** The text of what has the focus. */
export async function focused(page: Page): Promise<string> {
  return page.evaluate(
    () =>
      (globalThis as unknown as { document: { activeElement: { textContent: string } } }).document.activeElement
        .textContent,
  );
}

export async function isDark(page: Page): Promise<boolean> {
  return page.evaluate(() =>
    (
      globalThis as unknown as { document: { documentElement: { className: string } } }
    ).document.documentElement.className.includes("pf-v6-theme-dark"),
  );
}
