import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPostgresState } from "../../../src/adapters/sql-state/open-postgres.ts";
import { EventStream } from "../../../src/app/desk/event-stream.ts";
import { sharedEvents } from "../../../src/app/desk/shared-events.ts";
import type { State } from "../../../src/app/state/state.ts";
import type { ServerEvent } from "../../../src/app/wire/events.ts";
import { lacksPostgres, PrivatePostgres } from "./private-postgres.ts";

const ada = { subject: "local:ada", name: "Ada", groups: [], kubernetesUser: undefined };

describe.skipIf(lacksPostgres())("replicas on one PostgreSQL hear of each other", () => {
  let postgres: PrivatePostgres;
  const open: State[] = [];
  beforeAll(async () => {
    postgres = await PrivatePostgres.open();
  });
  afterAll(async () => {
    await Promise.all(open.map((state) => state.close()));
    await postgres.close();
  });

  async function opened(url: string): Promise<State> {
    const state = await openPostgresState({ url, nowMs: () => 0 });
    if (!state.ok) throw new Error(state.error.message);
    open.push(state.value);
    return state.value;
  }

  async function until(isSo: () => boolean): Promise<void> {
    for (let tries = 0; tries < 500 && !isSo(); tries += 1) await sleep(10);
    if (!isSo()) throw new Error("it did not come to that");
  }

  /** Tells until it is heard: a listener needs a moment to begin. */
  async function tellUntilHeard(tell: () => void, isHeard: () => boolean): Promise<void> {
    for (let tries = 0; tries < 200 && !isHeard(); tries += 1) {
      tell();
      await sleep(25);
    }
    expect(isHeard()).toBe(true);
  }

  test("what one tells the others hear, and itself does not", async () => {
    const url = await postgres.database();
    const [a, b, stranger] = [await opened(url), await opened(url), await opened(await postgres.database())];
    const heard: Record<string, (string | undefined)[]> = { a: [], b: [], stranger: [] };
    a.notices.listen((text) => heard.a!.push(text));
    const stop = b.notices.listen((text) => heard.b!.push(text));
    stranger.notices.listen((text) => heard.stranger!.push(text));
    await tellUntilHeard(
      () => a.notices.tell("é with blanks"),
      () => heard.b!.length > 0,
    );
    await tellUntilHeard(
      () => b.notices.tell("back"),
      () => heard.a!.length > 0,
    );
    expect(new Set(heard.b)).toEqual(new Set(["é with blanks"]));
    expect(new Set(heard.a)).toEqual(new Set(["back"]));
    expect(heard.stranger).toEqual([]);
    stop();
    expect(() => a.notices.tell("x".repeat(8_000))).toThrow("too long");
  });

  test("a connection that breaks is made anew, and what may have been missed is told", async () => {
    const url = await postgres.database();
    const [a, b] = [await opened(url), await opened(url)];
    const heard: (string | undefined)[] = [];
    b.notices.listen((text) => heard.push(text));
    await tellUntilHeard(
      () => a.notices.tell("before"),
      () => heard.length > 0,
    );
    await postgres.query(
      "postgres",
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'postern notices'",
    );
    await until(() => heard.includes(undefined));
    expect(heard[0]).toBe("before");
    await tellUntilHeard(
      () => a.notices.tell("after"),
      () => heard.includes("after"),
    );
  });

  test("pages on one replica hear of events on the other", async () => {
    const url = await postgres.database();
    const [here, there] = [sharedEvents((await opened(url)).notices), sharedEvents((await opened(url)).notices)];
    const seen: string[] = [];
    const access = { may: () => Promise.resolve(true), among: () => Promise.resolve("all" as const) };
    const stream = new EventStream(there, access, "ff");
    stream.follow(ada, undefined, {
      event: (_, event) => seen.push(event.type === "traffic" ? `traffic ${event.namespaces.length}` : event.type),
      missed: () => seen.push("missed"),
    });
    const proposal: ServerEvent = { type: "proposal", id: "p-1", cluster: "east", namespace: "shop", state: "draft" };
    const where = { cluster: "east", namespace: "shop" };
    await tellUntilHeard(
      () => here.tell(proposal, where),
      () => seen.includes("proposal"),
    );
    const namespaces = Array.from({ length: 40 }, (_, n) => {
      return { cluster: "c".repeat(200), namespace: `${"n".repeat(60)}${n}`, flows: 1_000_000, denied: 1_000 };
    });
    here.tell({ type: "traffic", namespaces }, undefined);
    // Each is shown when it is known who may see it, in whatever order that comes.
    const traffic = (): string[] => seen.filter((text) => text.startsWith("traffic")).toSorted();
    await until(() => traffic().length >= 3);
    expect(traffic()).toEqual(["traffic 10", "traffic 15", "traffic 15"]);
    there.missed();
    expect(seen.at(-1)).toBe("missed");
    stream.close();
  });
});
