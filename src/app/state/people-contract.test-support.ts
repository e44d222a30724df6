import { expect } from "vitest";
import type { Session, User } from "./people.ts";
import type { State } from "./state.ts";

type On = (what: string, check: (state: State) => Promise<void>) => void;

const ada: User = {
  subject: "local:ada",
  name: "Ada",
  passwordHash: undefined,
  isAdministrator: true,
  grants: [{ verb: "view", where: "east/*" }],
  createdAtMs: 1_000,
  disabledAtMs: undefined,
  lastSeenMs: undefined,
};

const session: Session = {
  idHash: "aa",
  principal: { subject: "oidc:https://id.example#7", name: "Grace", groups: ["sre"], kubernetesUser: undefined },
  csrf: "c",
  createdAtMs: 1,
  seenAtMs: 1,
  expiresAtMs: 100,
};

export function peopleChecks(on: On): void {
  on("keeps people", async ({ decisions: { users } }) => {
    const grace: User = {
      ...ada,
      subject: "local:grace",
      isAdministrator: false,
      passwordHash: "scrypt$1",
      createdAtMs: 500,
    };
    await users.put(ada);
    await users.put(grace);
    await users.put({ ...ada, name: "Ada L.", disabledAtMs: 7 });
    expect(await users.all()).toEqual([grace, { ...ada, name: "Ada L.", disabledAtMs: 7 }]);
    expect(await users.bySubject("local:grace")).toEqual(grace);
    expect(await users.bySubject("local:nobody")).toBeUndefined();
    await users.seen("local:grace", 9);
    await users.seen("local:grace", 8);
    expect((await users.bySubject("local:grace"))?.lastSeenMs).toBe(9);
  });

  on("lets a link be used once, and not too late", async ({ decisions: { users } }) => {
    await users.putLink("h1", "local:ada", 100);
    await users.putLink("h2", "local:ada", 100);
    const uses = await Promise.all(Array.from({ length: 5 }, () => users.useLink("h1", 99)));
    expect(uses.filter((subject) => subject === "local:ada")).toHaveLength(1);
    expect(await users.useLink("h1", 99)).toBeUndefined();
    expect(await users.useLink("h2", 100)).toBeUndefined();
    expect(await users.useLink("h3", 0)).toBeUndefined();
  });

  on("keeps sessions until they end", async ({ decisions: { sessions } }) => {
    const kubernetes: Session = {
      ...session,
      idHash: "bb",
      principal: { ...session.principal, kubernetesUser: "grace" },
    };
    await sessions.put(session);
    await sessions.put(kubernetes);
    await sessions.put({ ...session, idHash: "cc", principal: { ...session.principal, subject: "local:ada" } });
    expect(await sessions.byIdHash("aa")).toEqual(session);
    expect(await sessions.byIdHash("bb")).toEqual(kubernetes);
    await sessions.touch("aa", 50, 200);
    expect(await sessions.byIdHash("aa")).toEqual({ ...session, seenAtMs: 50, expiresAtMs: 200 });
    expect(await sessions.dropExpired(100)).toBe(2);
    expect(await sessions.byIdHash("bb")).toBeUndefined();
    await sessions.end("aa");
    expect(await sessions.byIdHash("aa")).toBeUndefined();
    await sessions.put(session);
    await sessions.put({ ...session, idHash: "dd" });
    await sessions.endAllOf(session.principal.subject);
    expect(await sessions.byIdHash("dd")).toBeUndefined();
  });

  on("gives a key of a request to one", async ({ idempotency }) => {
    const begun = await Promise.all(Array.from({ length: 5 }, () => idempotency.begin("k", "r", 0, 100)));
    expect(begun.filter((known) => known === undefined)).toHaveLength(1);
    expect(begun.find((known) => known !== undefined)).toEqual({ requestHash: "r", answer: undefined });
    await idempotency.hold("k", 150);
    expect(await idempotency.begin("k", "other", 149, 300)).toEqual({ requestHash: "r", answer: undefined });
    await idempotency.finish("k", { status: 201, body: "{}" }, 200);
    await idempotency.hold("k", 900);
    expect(await idempotency.begin("k", "other", 199, 300)).toEqual({
      requestHash: "r",
      answer: { status: 201, body: "{}" },
    });
    expect(await idempotency.begin("k", "other", 200, 300)).toBeUndefined();
    await idempotency.forget("k");
    expect(await idempotency.begin("k", "third", 200, 300)).toBeUndefined();
    expect(await idempotency.dropOld(299)).toBe(0);
    expect(await idempotency.dropOld(300)).toBe(1);
  });
}
