import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { celEngine } from "../../src/adapters/cel/engine.ts";
import { readLawFiles } from "../../src/adapters/law-files/read-law-files.ts";
import { readObjects } from "../../src/adapters/manifests/read-objects.ts";
import { readAutomation } from "../../src/app/desk/automation-settings.ts";
import type { SettingsDesk } from "../../src/app/desk/desk.ts";
import { settingsDesk } from "../../src/app/desk/settings-desk.ts";
import { lawBench } from "../../src/app/law/law-bench.ts";
import { lawSource } from "../../src/app/law/law-source.ts";
import { lawsInForce } from "../../src/app/law/laws-in-force.ts";
import type { StoredLaw } from "../../src/app/state/law-book.ts";
import { ada, ben, must, proposalWorld, type ProposalWorld } from "../proposals/proposal-world.ts";
import { lawOf } from "./made-up.ts";

const readers = { readManifests: readObjects, cel: celEngine, rego: undefined };
const few = lawOf("- name: few\n  mostRules: 1");
const more = lawOf("- name: few\n  mostRules: 9");

let world: ProposalWorld;
beforeEach(async () => {
  world = await proposalWorld();
});
afterEach(() => world.close());

function desk(fileLaws: readonly StoredLaw[] = []): SettingsDesk {
  const { decisions, state, access, clock } = world;
  const repositories = (): Promise<[]> => Promise.resolve([]);
  return settingsDesk({
    decisions,
    settings: state.settings,
    access,
    readers,
    bench: lawBench(readers),
    fileLaws,
    repositories,
    nowMs: () => clock.nowMs,
  });
}

test("only who administers sees or changes anything", async () => {
  const { automation } = must(await desk().get(ada));
  for (const refused of [
    await desk().get(ben),
    await desk().changeAutomation(ben, automation, 0),
    await desk().checkLaw(ben, few),
    await desk().changeLaw(ben, "company", few, null),
  ]) {
    expect(refused).toMatchObject({ ok: false, error: { kind: "forbidden", code: "settings_not_administrator" } });
  }
  expect(await world.audited()).toEqual([]);
});

describe("automation", () => {
  test("begins with what touches nothing, and each change is a version and a record", async () => {
    const first = must(await desk().get(ada));
    expect(first).toMatchObject({ version: 0, automation: { defaultPhase: "observe", changesPerDay: 5 } });
    const changed = must(await desk().changeAutomation(ada, { ...first.automation, changesPerDay: 2 }, 0));
    expect(changed).toMatchObject({ version: 1, automation: { changesPerDay: 2 } });
    expect((await readAutomation(world.state.settings)).automation.changesPerDay).toBe(2);
    expect(await world.audited()).toEqual(["settings.change by Ada"]);
  });

  test("refuses what was changed meanwhile, and what it could not read", async () => {
    const { automation } = must(await desk().get(ada));
    must(await desk().changeAutomation(ada, automation, 0));
    expect(await desk().changeAutomation(ada, automation, 0)).toMatchObject({ ok: false, error: { kind: "stale" } });
    const odd = { ...automation, timeZone: "Mars/Olympus" };
    expect(await desk().changeAutomation(ada, odd, 1)).toMatchObject({ ok: false, error: { kind: "invalid" } });
    const late = { ...automation, windows: [{ days: [1], from: "09:00", to: "25:00" }] };
    expect(await desk().changeAutomation(ada, late, 1)).toMatchObject({ ok: false, error: { kind: "invalid" } });
  });
});

describe("laws", () => {
  test("are kept in versions, each with a record that names its clauses", async () => {
    expect(must(await desk().changeLaw(ada, "company", few, null))).toMatchObject({ name: "company", version: 1 });
    expect(must(await desk().changeLaw(ada, "company", more, 1))).toMatchObject({ version: 2 });
    expect(await desk().changeLaw(ada, "company", few, 1)).toMatchObject({ ok: false, error: { kind: "stale" } });
    expect(await desk().changeLaw(ada, "company", few, null)).toMatchObject({ ok: false, error: { kind: "stale" } });
    expect((await world.decisions.laws.versions("company")).map(({ text }) => text).toSorted()).toEqual(
      [few, more].toSorted(),
    );
    const { records } = await world.decisions.audit.list({ limit: 10, kinds: ["law.change"], isAscending: true });
    expect(records.map(({ payload }) => payload)).toMatchObject([{ version: 1, clauses: ["few"] }, { version: 2 }]);
  });

  test("that are wrong are refused with what is wrong", async () => {
    const wrong = await desk().changeLaw(ada, "company", lawOf("- name: few\n  mostRulez: 1"), null);
    expect(wrong).toMatchObject({
      ok: false,
      error: { kind: "invalid", findings: [{ code: "law_field_unknown", line: 8 }] },
    });
    expect(await desk().changeLaw(ada, "other", few, null)).toMatchObject({ ok: false, error: { kind: "invalid" } });
    expect(must(await desk().get(ada)).laws).toEqual([]);
  });

  test("can be tried on what is open before they are in force", async () => {
    const draft = await world.suggested();
    expect(must(await desk().checkLaw(ada, few))).toEqual({
      findings: [],
      breaches: [{ proposal: draft.id, clause: "few" }],
    });
    expect(must(await desk().checkLaw(ada, more)).breaches).toEqual([]);
    expect(must(await desk().checkLaw(ada, "nonsense")).findings).not.toEqual([]);
    expect(await world.decisions.laws.current()).toEqual([]);
  });
});

describe("laws of files", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-laws-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const read = (): ReturnType<typeof readLawFiles> => readLawFiles(folder, lawSource(readers));

  test("win over those that were written here, and are changed in the file only", async () => {
    await writeFile(join(folder, "company.yaml"), more);
    must(await desk().changeLaw(ada, "company", few, null));
    const files = await read();
    if (!files.ok) throw new Error(files.error[0]?.message);
    expect(await lawsInForce(world.decisions.laws, files.value)()).toMatchObject([{ name: "company", text: more }]);
    const refused = await desk(files.value).changeLaw(ada, "company", few, 1);
    expect(refused).toMatchObject({ ok: false, error: { kind: "conflict", code: "settings_law_in_file" } });
    const [shown] = must(await desk(files.value).get(ada)).laws;
    expect(shown?.changedBy.subject).toBe(`file:${join(folder, "company.yaml")}`);
  });

  test("are refused as a whole when one is wrong, double or not there", async () => {
    expect(await read()).toMatchObject({ ok: false, error: [{ code: "law_none" }] });
    await writeFile(join(folder, "a.yaml"), few);
    await writeFile(join(folder, "b.yaml"), more);
    expect(await read()).toMatchObject({ ok: false, error: [{ code: "law_duplicate" }] });
    await writeFile(join(folder, "b.yaml"), "kind: EgressLaw\n");
    expect(await read()).toMatchObject({ ok: false, error: [{ code: "law_value" }] });
    expect(await readLawFiles(join(folder, "nowhere"), lawSource(readers))).toMatchObject({
      ok: false,
      error: [{ code: "law_none" }],
    });
  });
});
