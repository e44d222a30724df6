import { rm } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtApplication } from "./application.ts";
import { barriersOf, journey, lacksChromium, type OpenPage, RealBrowser } from "./browser.ts";
import { ServedSample } from "./served-sample.ts";

const password = "a few good words";
/** Jobs run every few seconds, and the sample's remote is merged by the server itself. */
const longMs = 90_000;

const fileOfShopWeb = "clusters/shop/shop-web/egress-firewall.yaml";

const law = [
  "apiVersion: postern.dev/v1",
  "kind: EgressLaw",
  "metadata:",
  "  name: company",
  "spec:",
  "  clauses:",
  "    - name: widest-prefix",
  "      widestPrefix: { ipv4: 16, ipv6: 48 }",
  "",
].join("\n");

const wide = [
  "apiVersion: k8s.ovn.org/v1",
  "kind: EgressFirewall",
  "metadata:",
  "  name: default",
  "  namespace: shop-mail",
  "spec:",
  "  egress:",
  "    - type: Allow",
  "      to:",
  "        cidrSelector: 10.0.0.0/8",
  "    - type: Deny",
  "      to:",
  "        cidrSelector: 0.0.0.0/0",
  "    - type: Deny",
  "      to:",
  "        cidrSelector: ::/0",
  "",
].join("\n");

async function heading(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

async function stateIs(page: Page, state: string): Promise<void> {
  const step = page.getByRole("list", { name: "Progress of the proposal" }).locator("[aria-current=step]");
  await expect.poll(async () => (await step.textContent()) ?? "", { timeout: longMs, interval: 250 }).toContain(state);
}

/** The steps of a life that a test goes through are those of one server, so the journeys come in their order. */
describe.skipIf(lacksChromium())("journeys on the real server, its sample and a plain Git remote", () => {
  let sample: ServedSample;
  let browser: RealBrowser;
  let built: string;
  /** Ada, who came first and administers. */
  let ada: OpenPage;
  let shopWeb = "";

  beforeAll(async () => {
    built = await builtApplication();
    sample = await ServedSample.start();
    browser = await RealBrowser.open();
    ada = await browser.page(sample.url);
  });
  afterAll(async () => {
    await browser?.close();
    await sample?.stop();
    await rm(built, { recursive: true, force: true });
  });

  /** Learns a namespace and asks for a review; ends on the proposal's page. */
  async function propose(page: Page, namespace: string): Promise<string> {
    await page.goto(`/proposals/new?cluster=shop&namespace=${namespace}`);
    await page.getByRole("button", { name: "Learn and propose" }).click();
    await page.getByRole("tab", { name: "Summary" }).waitFor({ timeout: longMs });
    await page.getByRole("button", { name: "Submit for review" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Submit for review" }).click();
    await stateIs(page, "In review");
    return new URL(page.url()).pathname;
  }

  test("first run: the printed link sets a name and a password, once", async () => {
    await journey("first run", ada, async (page) => {
      await page.goto(sample.firstLink);
      await heading(page, "Welcome to Postern");
      await page.getByRole("textbox", { name: "Name" }).fill("ada");
      await page.getByRole("textbox", { name: "Password", exact: true }).fill(password);
      await page.getByRole("textbox", { name: "Password again" }).fill(password);
      await page.getByRole("button", { name: "Begin" }).click();
      await heading(page, "Overview");
    });
    const second = await browser.page(sample.url);
    await journey("link again", second, async (page) => {
      await page.goto(sample.firstLink);
      await page.getByRole("textbox", { name: "Name" }).fill("eve");
      await page.getByRole("textbox", { name: "Password", exact: true }).fill(password);
      await page.getByRole("textbox", { name: "Password again" }).fill(password);
      await page.getByRole("button", { name: "Begin" }).click();
      await page.getByText("this link was used or is too old").waitFor();
      await page.goto("/proposals");
      await heading(page, "Sign in");
    });
    expect(ada.complaints).toEqual([]);
  });

  test("review and approve: learned, decided by keyboard, merged on the remote", async () => {
    await journey("approve", ada, async (page) => {
      shopWeb = await propose(page, "shop-web");
      await page.goto("/proposals");
      await page.locator("[data-row]").first().waitFor();
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await expect.poll(() => new URL(page.url()).pathname).toBe(shopWeb);
      await page.getByRole("tab", { name: /^Evidence/ }).click();
      await page.getByRole("button", { name: /^Show rule 1 in the text/ }).click();
      await page.getByRole("textbox", { name: "New policy" }).waitFor();
      expect(await barriersOf(page)).toEqual([]);
      await page.getByRole("heading", { level: 1 }).focus();
      await page.keyboard.press("a");
      await page.getByRole("dialog", { name: /Approve #/ }).waitFor();
      await page.keyboard.type("only what it needs");
      await page.keyboard.press("Control+Enter");
      // The page follows by itself: nobody loads it anew.
      await expect.poll(() => sample.merged(fileOfShopWeb), { timeout: longMs }).toContain("namespace: shop-web");
      await page
        .getByText(/^(?:Merged|Synced|Enforced|Verified in traffic)$/)
        .first()
        .waitFor({ timeout: longMs });
      await page.getByRole("tab", { name: "Pull request" }).click();
      await page.getByText(fileOfShopWeb).waitFor();
      await page.getByRole("tab", { name: /^Discussion/ }).click();
      await page.getByText("only what it needs").waitFor();
    });
    const branches = await sample.git("for-each-ref", "--format=%(refname:short)");
    expect(branches.split("\n").filter((name) => name !== "main" && name !== "")).toHaveLength(1);
    expect(await sample.git("log", "--format=%B", "main")).toContain("shop-web");
    expect(ada.complaints).toEqual([]);
  });

  test("the decision's record is verified in the browser", async () => {
    await journey("audit", ada, async (page) => {
      await page.goto(`${shopWeb}?tab=discussion`);
      const approved = page.getByRole("listitem").filter({ hasText: "ada approved it" });
      await approved.getByRole("link", { name: /^audit record/ }).click();
      await page.getByText("Verified in this browser").waitFor();
      await page.getByText("proposal.approve").first().waitFor();
    });
    expect(ada.complaints).toEqual([]);
  });

  test("edit a policy: the judgement follows, the text becomes a new revision, and approvals begin anew", async () => {
    await journey("edit", ada, async (page) => {
      const path = await propose(page, "shop-batch");
      await page.keyboard.press("e");
      const editor = page.getByRole("textbox", { name: /^Policy as YAML/ });
      await editor.focus();
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
      await page.keyboard.insertText("kind: EgressFirewall\n  broken");
      await page
        .getByText(/\d+ errors?/)
        .first()
        .waitFor();
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
      await page.keyboard.insertText(wide.replace("shop-mail", "shop-batch").replace("10.0.0.0/8", "203.0.113.7/32"));
      await page
        .getByText(/connections? newly denied/)
        .first()
        .waitFor();
      await page.getByRole("tab", { name: /^Differences/ }).click();
      await page.getByText("203.0.113.7").first().waitFor();
      await page.getByRole("textbox", { name: "Why" }).fill("only the bank is left");
      await page.getByRole("button", { name: "Save as new revision" }).click();
      await page.getByText(/Saved as revision 2/).waitFor();
      await expect.poll(() => new URL(page.url()).pathname).toBe(path);
      await page.getByText("only the bank is left").waitFor();
      await page.getByText(/revision 2 · 0 of/).waitFor();
    });
    expect(ada.complaints).toEqual([]);
  });

  test("a guardrail is put in force, and what breaks it is refused with its clause", async () => {
    await journey("guardrail", ada, async (page) => {
      await page.goto("/settings");
      await page.getByRole("button", { name: /Write the first one|New law/ }).click();
      await page.getByRole("button", { name: "Write it" }).click();
      const editor = page.getByRole("textbox", { name: /^Law as YAML/ });
      await editor.focus();
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
      await page.keyboard.insertText(law);
      await page.getByText("0 findings").waitFor();
      await page.getByRole("button", { name: "Put in force as version 1" }).click();
      await page.getByText(/The law company is in force as version 1/).waitFor();

      await page.goto("/proposals/new?from=text&cluster=shop&namespace=shop-mail");
      await page.getByRole("textbox", { name: "Policy" }).fill(wide);
      await page.getByRole("button", { name: "Propose" }).click();
      await page.getByText(/The law forbids it/).waitFor({ timeout: longMs });
      await page.getByText("widest-prefix").first().waitFor();
      const submit = page.getByRole("button", { name: "Submit for review" });
      if (await submit.isVisible()) {
        await submit.click();
        await page.getByRole("dialog").getByRole("button", { name: "Submit for review" }).click();
        await stateIs(page, "In review");
      }
      const approve = page.getByRole("button", { name: /^Approve: not possible/ });
      await approve.waitFor();
      expect(await approve.getAttribute("aria-disabled")).toBe("true");
      await page.getByRole("tab", { name: /^Law/ }).click();
      await page.getByText("This cannot be approved until the clauses that forbid are met").waitFor();
      // Who does not go through the page is refused as well.
      const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
      const refused = await page.evaluate(approveByHand, id);
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(refused.text).toContain("widest-prefix");
    });
    expect(ada.complaints).toEqual([]);
  });

  test("roll back: a proposal of its own takes the merged change back on the remote", async () => {
    await journey("roll back", ada, async (page) => {
      expect(await sample.merged(fileOfShopWeb)).not.toBe("");
      await page.goto(shopWeb);
      await page.getByRole("button", { name: "Roll back" }).click();
      const dialog = page.getByRole("dialog", { name: /Roll back #/ });
      await dialog.getByRole("textbox").fill("it was too early");
      await dialog.getByRole("button", { name: "Roll back" }).click();
      await expect.poll(() => new URL(page.url()).pathname, { timeout: longMs }).not.toBe(shopWeb);
      await page
        .getByText(/Takes a change back|Removes/)
        .first()
        .waitFor();
      const submit = page.getByRole("button", { name: "Submit for review" });
      if (await submit.isVisible()) {
        await submit.click();
        await page.getByRole("dialog").getByRole("button", { name: "Submit for review" }).click();
        await stateIs(page, "In review");
      }
      await page.getByRole("button", { name: "Approve", exact: true }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
      await expect.poll(() => sample.merged(fileOfShopWeb), { timeout: longMs }).toBe("");
    });
    expect(ada.complaints).toEqual([]);
  });

  test("namespace isolation: who may only see one namespace sees nothing of the others", async () => {
    let link = "";
    await journey("invite", ada, async (page) => {
      await page.goto("/settings?tab=users");
      await page.getByRole("button", { name: "Actions for ada" }).click();
      // Nobody else could let people in.
      await page
        .getByRole("menuitem", { name: /^Disable/ })
        .and(page.locator("[aria-disabled=true]"))
        .waitFor();
      await page.getByText("the last one who administers").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Invite somebody" }).click();
      const dialog = page.getByRole("dialog", { name: "Invite somebody" });
      await dialog.getByRole("textbox", { name: "Name to sign in with" }).fill("grace");
      await dialog.getByRole("combobox", { name: "Permission 1" }).selectOption("edit");
      await dialog.getByRole("textbox", { name: "Where permission 1 holds" }).fill("shop/shop-web");
      await dialog.getByRole("button", { name: "Add a permission" }).click();
      await dialog.getByRole("combobox", { name: "Permission 2" }).selectOption("approve");
      await dialog.getByRole("textbox", { name: "Where permission 2 holds" }).fill("shop/shop-web");
      expect(await barriersOf(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Make the link" }).click();
      const made = page.getByRole("dialog", { name: "Link for grace" });
      link = await made.getByRole("textbox", { name: "Link" }).inputValue();
      await made.getByRole("button", { name: "Done" }).click();
      await page.getByRole("row", { name: /grace/ }).getByText("Invited").waitFor();
      await page.getByText("edits shop/shop-web, decides shop/shop-web").waitFor();
    });
    const grace = await browser.page(sample.url);
    await journey("isolation", grace, async (page) => {
      await page.goto(link);
      await page.getByText("you, grace,").waitFor();
      await page.getByRole("textbox", { name: "Password", exact: true }).fill(`${password}!`);
      await page.getByRole("textbox", { name: "Password again" }).fill(`${password}!`);
      await page.getByRole("button", { name: "Begin" }).click();
      await heading(page, "Overview");
      await page.goto("/namespaces");
      await page.locator("[data-row]").first().waitFor();
      expect(await page.locator("[data-row]").count()).toBe(1);
      await page.getByRole("link", { name: "shop-web" }).first().waitFor();
      await page.goto("/proposals?view=all");
      await page.locator("[data-row]").first().waitFor();
      expect(await page.getByRole("link", { name: /^shop-(?!web)/ }).count()).toBe(0);
      await page.goto("/namespaces/shop/shop-payments");
      await page.getByText(/There is nothing of this name|You may not see this/).waitFor();
      const others = await ada.page.evaluate(proposalsOf, "shop-batch");
      await page.goto(`/proposals/${others[0] ?? ""}`);
      await page.getByText(/There is nothing of this name|You may not see this/).waitFor();
      expect(await page.evaluate(proposalsOf, "shop-batch")).toEqual([]);
      const settings = await page.evaluate(statusOf, "/api/v1/settings/automation");
      expect(settings).toBeGreaterThanOrEqual(400);
      await page.goto("/settings?tab=users");
      await page.getByText(/There is nothing of this name|You may not see this/).waitFor();
      expect(await page.getByRole("button", { name: "Invite somebody" }).count()).toBe(0);
    });
    await journey("disable", ada, async (page) => {
      await page.goto("/settings?tab=users");
      await page.getByRole("button", { name: "Actions for grace" }).click();
      await page.getByRole("menuitem", { name: "Disable" }).click();
      await page.getByRole("row", { name: /grace/ }).getByText("Disabled").waitFor();
      // Her session has ended; an open page hears it with the next heartbeat.
      await grace.page.goto("/namespaces");
      await heading(grace.page, "Sign in");
    });
    expect(grace.complaints).toEqual([]);
  });

  test("sign out and in again: the session is gone, and a wrong password says no more than that", async () => {
    await journey("sign in", ada, async (page) => {
      await page.goto("/");
      await page.getByRole("button", { name: "ada" }).click();
      await page.getByRole("menuitem", { name: /Sign out/ }).click();
      await heading(page, "Sign in");
      expect(await page.evaluate(statusOf, "/api/v1/proposals")).toBe(401);
      await page.getByRole("textbox", { name: "Name" }).fill("ada");
      await page.getByRole("textbox", { name: "Password" }).fill("not this one");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByText("You are not signed in").waitFor();
      await page.getByRole("textbox", { name: "Password" }).fill(password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await heading(page, "Overview");
    });
    expect(ada.complaints).toEqual([]);
  });
});

// What follows runs in the page, with its session.

async function approveByHand(id: string): Promise<{ readonly status: number; readonly text: string }> {
  const session = (await (await fetch("/api/v1/session")).json()) as { readonly csrf: string };
  const { version, revision } = (await (await fetch(`/api/v1/proposals/${id}`)).json()) as Record<string, number>;
  const answer = await fetch(`/api/v1/proposals/${id}/actions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-postern-csrf": session.csrf,
      "if-match": `"${version ?? 0}"`,
      "idempotency-key": crypto.randomUUID(),
    },
    body: JSON.stringify({ action: "approve", comment: "", revision }),
  });
  return { status: answer.status, text: await answer.text() };
}

async function proposalsOf(namespace: string): Promise<readonly string[]> {
  const answer = await fetch(`/api/v1/proposals?namespace=${namespace}`);
  const { items } = (await answer.json()) as { readonly items: readonly { readonly id: string }[] };
  return items.map(({ id }) => id);
}

async function statusOf(path: string): Promise<number> {
  return (await fetch(path, { method: path.includes("automation") ? "PUT" : "GET" })).status;
}
