import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ServerEvent } from "../../src/app/wire/events.ts";
import { ApiForTest, type Browser } from "./api-for-test.ts";
import { bank, shop } from "./made-up-desk.ts";

let own: ApiForTest;
const open = new Set<AbortController>();
beforeEach(async () => {
  own = await ApiForTest.open({ limits: { heartbeatMs: 50, streamsPerPrincipal: 2 } });
});
afterEach(async () => {
  for (const each of open) each.abort();
  open.clear();
  await own.close();
});

interface Listening {
  readonly lines: string[];
  readonly ended: Promise<void>;
  readonly status: number;
  close(): void;
}

/** Reads a stream into lines without heartbeats. */
function listen({ cookie }: Browser, lastEventId?: string): Promise<Listening> {
  return listenWith({ cookie, ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) });
}

async function listenWith(headers: Readonly<Record<string, string>>): Promise<Listening> {
  const gone = new AbortController();
  open.add(gone);
  const response = await fetch(`${own.url}/api/v1/events`, { signal: gone.signal, headers });
  const lines: string[] = [];
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let isBeat = false;
    for await (const chunk of response.body!) {
      for (const line of decoder.decode(chunk as Uint8Array, { stream: true }).split("\n")) {
        if (line === "event: beat") isBeat = true;
        else if (isBeat) isBeat = line !== "";
        else if (line !== "" && !line.startsWith("retry:")) lines.push(line);
      }
    }
  };
  return { lines, ended: read().catch(() => undefined), status: response.status, close: () => gone.abort() };
}

const proposal = (id: string, where: typeof shop): ServerEvent => ({
  type: "proposal",
  id,
  ...where,
  state: "approved",
});
const tell = (id: string, where: typeof shop): void => own.events.tell(proposal(id, where), where);
const seen = ({ lines }: Listening): readonly string[] =>
  lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(6));

async function until(claim: () => boolean): Promise<void> {
  while (!claim()) await pause(5);
}

test("each hears of what they may see", async () => {
  const [viewer, outsider, admin] = await Promise.all(
    (["viewer", "outsider", "admin"] as const).map(async (name) => listen(await own.signIn(name))),
  );
  tell("p-shop", shop);
  tell("p-bank", bank);
  // Whoever tells forgot the place.
  own.events.tell(proposal("p-shop-2", shop), undefined);
  const traffic = [shop, bank].map((where) => ({ ...where, flows: 1, denied: 0 }));
  own.events.tell({ type: "traffic", namespaces: traffic }, undefined);
  own.events.tell({ type: "sources" }, undefined);
  const last = (each: Listening): boolean => seen(each).at(-1) === '{"type":"sources"}';
  await until(() => [viewer!, outsider!, admin!].every(last));
  const told = (each: Listening): readonly (string | undefined)[] =>
    seen(each).map((text) => /"id":"([^"]+)"/.exec(text)?.[1] ?? text.match(/"namespace":"\w+"/g)?.join());
  expect(told(viewer!)).toEqual(["p-shop", "p-shop-2", '"namespace":"shop"', undefined]);
  expect(told(outsider!)).toEqual(["p-bank", '"namespace":"bank"', undefined]);
  expect(told(admin!)).toEqual(["p-shop", "p-bank", "p-shop-2", '"namespace":"shop","namespace":"bank"', undefined]);
});

test("after a break what was missed comes again, and nothing twice", async () => {
  const browser = await own.signIn("viewer");
  const first = await listen(browser);
  tell("p-1", shop);
  await until(() => seen(first).length === 1);
  const id = first.lines.find((line) => line.startsWith("id: "))!.slice(4);
  first.close();
  tell("p-bank", bank);
  tell("p-2", shop);
  const second = await listen(browser, id);
  tell("p-3", shop);
  await until(() => seen(second).length === 2);
  expect(seen(second).map((text) => (JSON.parse(text) as { id: string }).id)).toEqual(["p-2", "p-3"]);
});

test.each([
  ["of another run of the server", () => "0123456789ab-1"],
  ["that was never told", (id: string) => id.replace(/\d+$/, "999")],
  ["that is none", () => "hello"],
])("after a break an id %s means: ask everything anew", async (_, make) => {
  const browser = await own.signIn("viewer");
  const first = await listen(browser);
  tell("p-1", shop);
  await until(() => seen(first).length === 1);
  const id = first.lines.find((line) => line.startsWith("id: "))!.slice(4);
  const second = await listen(browser, make(id));
  await until(() => second.lines.length > 0);
  expect(second.lines).toContain("event: reset");
});

test("a stream ends when its session does, and another's goes on", async () => {
  const [browser, other] = [await own.signIn("viewer"), await own.signIn("viewer")];
  const [stream, others] = [await listen(browser), await listen(other)];
  await browser.send("/api/v1/session", { method: "DELETE" });
  await stream.ended;
  expect(stream.lines).toContain("event: end");
  tell("p-1", shop);
  await until(() => seen(others).length === 1);
  expect(seen(stream)).toEqual(["{}"]);
});

test("a stream ends when another process ended its session", async () => {
  const browser = await own.signIn("viewer");
  const stream = await listen(browser);
  await own.state.decisions.sessions.endAllOf("local:viewer");
  await stream.ended;
  expect(stream.lines).toContain("event: end");
});

test("a program's stream ends when its token is revoked", async () => {
  const token = await own.token(["east"]);
  const stream = await listenWith({ authorization: `Bearer ${token}` });
  tell("p-1", shop);
  await until(() => seen(stream).length === 1);
  await own.state.tokens.revoke(token.slice(8, 20), own.nowMs);
  await stream.ended;
  expect(stream.lines).toContain("event: end");
});

test("somebody who lost their rights hears no more", async () => {
  const stream = await listen(await own.signIn("viewer"));
  tell("p-1", shop);
  await until(() => seen(stream).length === 1);
  const user = (await own.state.decisions.users.bySubject("local:viewer"))!;
  await own.state.decisions.users.put({ ...user, grants: [] });
  tell("p-2", shop);
  own.events.tell({ type: "settings" }, undefined);
  await until(() => seen(stream).length === 2);
  expect(seen(stream)[1]).toBe('{"type":"settings"}');
});

test("one person's pages are so many at most", async () => {
  const browser = await own.signIn("viewer");
  const streams = [await listen(browser), await listen(browser)];
  expect((await listen(browser)).status).toBe(429);
  streams[0]!.close();
  let again = await listen(browser);
  while (again.status !== 200) again = await listen(browser);
  expect(again.status).toBe(200);
});

test("a reader that does not read is sent away, and the server keeps nothing for it", async () => {
  const browser = await own.signIn("admin");
  const gone = new AbortController();
  open.add(gone);
  const response = await fetch(`${own.url}/api/v1/events`, {
    signal: gone.signal,
    headers: { cookie: browser.cookie },
  });
  const long = "x".repeat(60_000);
  for (let i = 0; i < 400; i += 1) {
    own.events.tell({ type: "progress", task: long, title: "", done: 0, isFinished: false, failure: null }, undefined);
    if (i % 50 === 0) await pause(5);
  }
  let bytes = 0;
  const read = async (): Promise<void> => {
    for await (const chunk of response.body!) bytes += (chunk as Uint8Array).length;
  };
  await read().catch(() => undefined);
  expect(bytes).toBeLessThan(400 * 60_000);
});

test("a stream gives signs of life that pages can hear, at once and from then on", async () => {
  const gone = new AbortController();
  open.add(gone);
  const { cookie } = await own.signIn("viewer");
  const response = await fetch(`${own.url}/api/v1/events`, { signal: gone.signal, headers: { cookie } });
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.split("event: beat\ndata: {}\n\n").length > 3) break;
  }
  expect(text).toMatch(/^retry: 2000\n\nevent: beat\n/);
});
