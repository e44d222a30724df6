import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { touchedRecord } from "../../web/fixture-audit.ts";
import { type Application, openApplication } from "./application.ts";
import { barriersOf, journey, lacksChromium, type OpenPage } from "./browser.ts";

describe.skipIf(lacksChromium())("reviewing, over a made-up world", () => {
  let application: Application;
  let open: OpenPage;
  beforeAll(async () => {
    application = await openApplication();
  });
  beforeEach(async () => {
    open = await application.browser.page(application.server.url);
  });
  afterAll(async () => {
    await application.close();
  });

  async function ask(path: string, method: string, body: unknown, version: number): Promise<void> {
    const answer = await fetch(`${application.server.url}/api/v1/${path}`, {
      method,
      headers: { "content-type": "application/json", "if-match": `"${version}"` },
      body: JSON.stringify(body),
    });
    expect(answer.ok).toBe(true);
  }

  async function proposalIn(state: string, choose: (row: Row) => boolean = () => true): Promise<Row> {
    const answer = await fetch(`${application.server.url}/api/v1/proposals?state=${state}&limit=200`);
    const { items } = (await answer.json()) as { readonly items: readonly Row[] };
    const row = items.find((each) => choose(each));
    if (row === undefined) throw new Error(`no proposal is ${state}`);
    return row;
  }

  test("go through the queue and approve, by keyboard alone", async () => {
    await journey("approve by keyboard", open, async (page) => {
      await page.goto("/proposals");
      await page.locator("[data-row]").first().waitFor();
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("k");
      const first = page.locator("[data-row]").first();
      await expect.poll(() => first.getAttribute("aria-selected")).toBe("true");
      const title = await first.locator("[data-open]").innerText();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      await page.getByRole("tab", { name: "Summary" }).waitFor();
      await page.keyboard.press("a");
      const dialog = page.getByRole("dialog", { name: /Approve #/ });
      await dialog.waitFor();
      expect(await barriersOf(page)).toEqual([]);
      await page.keyboard.type("reads well");
      await page.keyboard.press("Control+Enter");
      await page.getByText(/Approved: #/).waitFor();
      await dialog.waitFor({ state: "detached" });
      await page.getByRole("tab", { name: /^Discussion/ }).click();
      await page.getByText("reads well").waitFor();
    });
    expect(open.complaints).toEqual([]);
  });

  test("a rejection needs its reason, and Escape leaves everything as it was", async () => {
    const { id } = await proposalIn("pending-review");
    await journey("reject", open, async (page) => {
      await page.goto(`/proposals/${id}`);
      await page.getByRole("tab", { name: "Summary" }).waitFor();
      await page.keyboard.press("r");
      const dialog = page.getByRole("dialog", { name: /Reject #/ });
      await dialog.getByRole("button", { name: "Reject" }).click();
      await dialog.getByText("Say why").waitFor();
      await expect.poll(() => dialog.getByRole("textbox").getAttribute("aria-invalid")).toBe("true");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    });
    expect(await proposalIn("pending-review", (row) => row.id === id)).toMatchObject({ id });
  });

  test("what the law forbids cannot be approved, and the page says which clause", async () => {
    const { id } = await proposalIn("pending-review", ({ lawBreaches }) => lawBreaches > 0);
    await journey("law", open, async (page) => {
      await page.goto(`/proposals/${id}`);
      const approve = page.getByRole("button", { name: /^Approve: not possible, .*widest-prefix/ });
      await approve.waitFor();
      expect(await approve.getAttribute("aria-disabled")).toBe("true");
      await page.keyboard.press("a");
      await page.getByText("Approve: not possible").first().waitFor();
      expect(await page.getByRole("dialog").count()).toBe(0);
      await page.getByText("The law forbids it: 1 clause").waitFor();
    });
  });

  test("a decision about what was changed meanwhile is not taken", async () => {
    const { id, version } = await proposalIn("pending-review", ({ lawBreaches }) => lawBreaches === 0);
    await journey("stale decision", open, async (page) => {
      // Nothing tells this page, as when its connection is lost at the wrong moment.
      await page.route("**/api/v1/events", async (route) => route.abort());
      await page.goto(`/proposals/${id}`);
      await page.getByRole("tab", { name: "Summary" }).waitFor();
      await page.keyboard.press("a");
      await page.getByRole("dialog").waitFor();
      await ask(`proposals/${id}`, "PATCH", { manifest: "kind: EgressFirewall\n# of somebody else\n" }, version ?? 1);
      await page.keyboard.press("Control+Enter");
      await page.getByText("Your decision was not taken: the proposal changed meanwhile").waitFor();
      await page.getByRole("button", { name: "Show how it is now" }).click();
      await page.getByText("revision 2").first().waitFor();
    });
    expect(await proposalIn("pending-review", (row) => row.id === id)).toMatchObject({ id });
  });

  test("edit with the judgement following, leave the editor by keyboard, save", async () => {
    const { id } = await proposalIn("pending-review", ({ lawBreaches }) => lawBreaches === 0);
    await journey("edit", open, async (page) => {
      await page.goto(`/proposals/${id}`);
      await page.getByRole("tab", { name: "Summary" }).waitFor();
      await page.keyboard.press("e");
      const editor = page.getByRole("textbox", { name: /^Policy as YAML/ });
      await editor.waitFor();
      await page.getByText("Lint finds nothing").waitFor();
      await editor.focus();
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
      await page.keyboard.type("kind: Nonsense");
      await page
        .getByText(/it is no policy yet/i)
        .first()
        .waitFor();
      await page.getByText("no `kind` that is known").or(page.getByText("that is known")).first().waitFor();
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
      await page.keyboard.type("kind: EgressFirewall");
      await page.getByText("Lint finds nothing").waitFor();
      // The single keys of pages are letters in here; Tab indents until Escape lets go.
      expect(await page.getByRole("dialog").count()).toBe(0);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Tab");
      await page.locator("[data-code-editor] .cm-focused").waitFor({ state: "detached" });
      await page.getByRole("link", { name: "Proposals", exact: true }).first().click();
      await page.getByRole("dialog", { name: /Leave without saving\?/ }).waitFor();
      await page.getByRole("button", { name: "Keep editing" }).click();
      await page.getByRole("textbox", { name: "Ticket" }).fill("NET-7");
      await page.getByRole("button", { name: "Save as new revision" }).click();
      await page.getByText(/Saved as revision/).waitFor();
      await page.getByRole("tab", { name: "Summary" }).waitFor();
      await page.getByText("NET-7").waitFor();
    });
    expect(open.complaints).toEqual([]);
  });

  test("an editor whose proposal was changed keeps the text and asks which one goes on", async () => {
    const { id, version } = await proposalIn("draft");
    await journey("stale edit", open, async (page) => {
      await page.goto(`/proposals/${id}/edit`);
      const editor = page.getByRole("textbox", { name: /^Policy as YAML/ });
      await editor.focus();
      await page.keyboard.press("Control+End");
      await page.keyboard.type("# mine");
      await ask(`proposals/${id}`, "PATCH", { justification: "of somebody else" }, version ?? 1);
      await page.getByRole("button", { name: "Save as new revision" }).click();
      await page.getByText("Not saved: the proposal changed since you opened it").waitFor();
      await page.getByRole("button", { name: /^Keep mine/ }).click();
      await page.getByRole("button", { name: "Save as new revision" }).click();
      await page.getByRole("tab", { name: "Summary" }).waitFor();
      await page.getByText("of somebody else").waitFor();
    });
    expect(open.complaints).toEqual([]);
  });

  test("a proposal is made by learning a namespace", async () => {
    await journey("learn", open, async (page) => {
      await page.goto("/proposals/new?cluster=east&namespace=shop-api");
      await page.getByRole("radio", { name: "Strict" }).check();
      await page.getByRole("button", { name: "Learn and propose" }).click();
      await page.getByRole("heading", { level: 1, name: "Close shop-api to what it needs" }).waitFor();
    });
    expect(open.complaints).toEqual([]);
  });

  test("a rule shows what its fix does before it becomes a proposal", async () => {
    await journey("fix", open, async (page) => {
      await page.goto("/rules?problem=zombie");
      await page
        .getByRole("button", { name: /^Fix rule/ })
        .first()
        .click();
      const dialog = page.getByRole("dialog", { name: "Propose this fix?" });
      await dialog.getByText("take the rule out").waitFor();
      expect(await barriersOf(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Make a proposal" }).click();
      await page.getByRole("tab", { name: "Summary" }).waitFor();
    });
  });

  test("the browser verifies a record, and finds the one that was touched", async () => {
    await journey("audit", open, async (page) => {
      await page.goto("/audit");
      await page.getByRole("link", { name: "Record 4999" }).click();
      await page.getByText("Verified in this browser").waitFor();
      await page.goto(`/audit/${touchedRecord}`);
      await page.getByText("Not verified: something was touched").waitFor();
      await page.getByText("does not hash to its leaf").waitFor();
    });
    expect(open.complaints).toEqual([]);
  });

  test("a law is checked while it is typed", async () => {
    await journey("law editor", open, async (page) => {
      await page.goto("/settings");
      await page.getByRole("button", { name: "Edit the law company" }).click();
      await page.getByText("0 findings, 1 open proposal would break it").waitFor();
      const editor = page.getByRole("textbox", { name: /^Law as YAML/ });
      await editor.focus();
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
      await page.keyboard.type("kind: EgressLaw");
      await page.getByText("1 finding, 0 open proposals would break it").waitFor();
      expect(await page.getByRole("button", { name: "Put in force as version 4" }).isDisabled()).toBe(true);
      expect(await barriersOf(page)).toEqual([]);
    });
  });

  test("signing in again leads back to where the session ended", async () => {
    await journey("sign in", open, async (page) => {
      await fetch(`${application.server.url}/api/v1/session`, { method: "DELETE" });
      await page.goto("/rules?problem=zombie");
      await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
      await page.getByRole("textbox", { name: "Name" }).fill("ada");
      await page.getByRole("textbox", { name: "Password" }).fill("wrong");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByText("name or password do not fit").waitFor();
      await page.getByRole("textbox", { name: "Password" }).fill("correct horse");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByRole("heading", { level: 1, name: "Rules" }).waitFor();
      expect(new URL(page.url()).search).toBe("?problem=zombie");
    });
  });

  test("text that was not saved is back after signing in again", async () => {
    await journey("kept text", open, async (page) => {
      await page.goto("/proposals/p-0001/edit");
      const why = page.getByRole("textbox", { name: "Why" });
      await why.fill("typed before the session ended");
      await fetch(`${application.server.url}/api/v1/session`, { method: "DELETE" });
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
      await page.getByRole("textbox", { name: "Name" }).fill("ada");
      await page.getByRole("textbox", { name: "Password" }).fill("correct horse");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByText("Your text is back").waitFor();
      expect(await why.inputValue()).toBe("typed before the session ended");
      expect(await barriersOf(page)).toEqual([]);
      await page.getByRole("button", { name: "Drop it" }).click();
      await page.getByText("Nothing changed").waitFor();
      await page.goto("/proposals/p-0001/edit");
      await page.getByText("Nothing changed").waitFor();
      expect(await page.getByText("Your text is back").count()).toBe(0);
    });
    expect(open.complaints).toEqual([]);
  });

  test("on a phone a long heading keeps its room beside the buttons", async () => {
    const phone = await application.browser.page(application.server.url, { width: 360, height: 800 });
    await journey("phone", phone, async (page) => {
      for (const id of ["p-0001", "p-0002", "p-0003", "p-0004", "p-0005", "p-0006"]) {
        await page.goto(`/proposals/${id}`);
        await page.getByRole("tab", { name: "Summary" }).waitFor();
        const header = await page.locator(".postern-page-header__text").boundingBox();
        expect(header!.width, id).toBeGreaterThan(250);
      }
    });
    expect(phone.complaints).toEqual([]);
  });

  test("why a provider sent somebody back is told", async () => {
    await journey("problem", open, async (page) => {
      await page.goto("/sign-in?problem=sign_in_state");
      await page.getByText("This browser did not begin to sign in here").waitFor();
    });
    expect(open.complaints).toEqual([]);
  });

  test("after a decision the next one is a key away", async () => {
    await journey("next", open, async (page) => {
      await page.goto("/proposals");
      await page.locator("[data-row]").first().waitFor();
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.getByRole("tab", { name: "Summary" }).waitFor();
      const first = new URL(page.url()).pathname;
      await page.keyboard.press("r");
      await page.getByRole("dialog").getByRole("textbox").fill("not like this");
      await page.keyboard.press("Control+Enter");
      await page.getByText("Another one needs your decision").waitFor();
      await page.keyboard.press("n");
      await expect.poll(() => new URL(page.url()).pathname).not.toBe(first);
      await page.getByRole("tab", { name: "Summary" }).waitFor();
    });
    expect(open.complaints).toEqual([]);
  });

  test("the secret of the first run's link does not stay in the address", async () => {
    await journey("link", open, async (page) => {
      await page.goto("/sign-in/link#the-secret");
      await page.getByRole("heading", { level: 1, name: "Welcome to Postern" }).waitFor();
      await expect.poll(() => page.url()).not.toContain("the-secret");
      const begin = page.getByRole("button", { name: "Begin" });
      await page.getByRole("textbox", { name: "Password", exact: true }).fill("short");
      expect(await begin.isDisabled()).toBe(true);
      await page.getByRole("textbox", { name: "Password", exact: true }).fill("a few good words");
      await page.getByRole("textbox", { name: "Password again" }).fill("a few good words");
      await begin.click();
      await page.getByRole("button", { name: /Ada Lovelace/ }).waitFor();
    });
  });
});

interface Row {
  readonly id: string;
  readonly lawBreaches: number;
  readonly version?: number;
}
