import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSqliteState } from "../../src/adapters/sql-state/open-sqlite.ts";
import { signInByLink, signInLocally } from "../../src/app/access/local-sign-in.ts";
import { SignInAttempts } from "../../src/app/access/sign-in-attempts.ts";
import type { State } from "../../src/app/state/state.ts";
import { usersOutput } from "../../src/surfaces/cli/commands/user/schema.ts";
import { onTerminal, type Seen } from "./made-up.ts";

const nowMs = Date.UTC(2026, 2, 2, 6);
const password = "correct horse battery staple";

let folder = "";
let state: State;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-cli-"));
  state = await open();
});
afterEach(async () => {
  await state.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(): Promise<State> {
  const opened = await openSqliteState({ path: join(folder, "state.sqlite"), mayCreate: true, nowMs: () => nowMs });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

/** Beside a server that has the state open. */
function run(line: string): Promise<Seen> {
  const openState = async (): Promise<{ ok: true; value: State }> => ({ ok: true, value: await open() });
  return onTerminal(line, { isTerminal: false, ports: { openState } });
}

function secretOf({ stdout }: Seen): string {
  const [, secret] = /^\/sign-in\/link#([\w-]{43})\n$/.exec(stdout) ?? [];
  if (secret === undefined) throw new Error(`no link: ${stdout}`);
  return secret;
}

test("a forgotten password is replaced by a link that works once, and the audit log knows", async () => {
  await run("user add ada --administrator");
  const first = secretOf(await run("user link ada"));
  expect((await signInByLink(state.decisions, { secret: first, password }, nowMs)).ok).toBe(true);
  const made = await run("user link ada");
  expect([made.code, made.stderr]).toEqual([0, expect.stringContaining("ada can choose a new password")]);
  const second = secretOf(made);
  expect(made.stderr).not.toContain(second);
  const entered = await signInByLink(state.decisions, { secret: second, password: `${password}!` }, nowMs);
  expect(entered).toMatchObject({ ok: true, value: { subject: "local:ada" } });
  expect((await signInByLink(state.decisions, { secret: second }, nowMs)).ok).toBe(false);
  const attempts = new SignInAttempts(() => nowMs);
  const signIn = (text: string): ReturnType<typeof signInLocally> =>
    signInLocally(state.decisions, attempts, { name: "ada", password: text, network: "" }, nowMs);
  expect((await signIn(password)).ok).toBe(false);
  expect((await signIn(`${password}!`)).ok).toBe(true);
  const { records } = await state.decisions.audit.list({ kinds: ["access.user-link"], limit: 9 });
  expect(records.map(({ subject, actor }) => [subject, actor.subject])).toEqual([
    ["person/local:ada", "command-line"],
    ["person/local:ada", "command-line"],
  ]);
  expect(JSON.stringify(records)).not.toContain(second);
});

test("users are added, listed and disabled", async () => {
  await run("user add ada --administrator");
  const added = await run("user add grace --title Grace --grant approve=east/shop-* --grant view=*");
  expect((await signInByLink(state.decisions, { secret: secretOf(added), password }, nowMs)).ok).toBe(true);
  expect((await run("user list")).stdout).toBe(
    "ada\tinvited\teverything\t\tada\ngrace\tactive\tapprove east/shop-*, view *\t2026-03-02 06:00\tGrace\n",
  );
  const disabled = await run("user disable grace");
  expect([disabled.code, disabled.stderr]).toEqual([0, "grace is disabled and signed out everywhere\n"]);
  const { users } = usersOutput.parse(JSON.parse((await run("user list -o json")).stdout));
  expect(users.map(({ name, state: standing }) => [name, standing])).toEqual([
    ["ada", "invited"],
    ["grace", "disabled"],
  ]);
  const { records } = await state.decisions.audit.list({ limit: 9 });
  expect(records.map(({ kind }) => kind)).toContain("access.user-changed");
  const refused = await run("user link grace");
  expect([refused.code, refused.stdout]).toEqual([1, ""]);
  expect(refused.stderr).toContain("access_user_disabled");
});

test("the last one who administers stays", async () => {
  const secret = secretOf(await run("user add ada --administrator"));
  await signInByLink(state.decisions, { secret, password }, nowMs);
  const seen = await run("user disable ada");
  expect([seen.code, seen.stderr]).toEqual([1, expect.stringContaining("access_last_administrator")]);
});

describe("what cannot be is told", () => {
  test.each([
    ["user", 2, ""],
    ["user add", 2, "missing required argument"],
    ["user add Ada", 2, "`Ada` cannot be a name"],
    ["user add ada --grant approve", 2, "`approve` is no grant"],
    ["user add ada --grant delete=*", 2, "`delete=*` is no grant"],
    ["user add ada --grant view=shop", 2, "`shop` is no place"],
    ["user link ada", 1, "there is no user of this name"],
    ["user disable ada", 1, "there is no user of this name"],
  ])("`%s` is answered %d", async (line, code, why) => {
    const seen = await run(line);
    expect(seen.code).toBe(code);
    expect(seen.stderr).toContain(why);
  });
});
