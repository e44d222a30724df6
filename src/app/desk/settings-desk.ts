import { quoted } from "../../core/quoted.ts";
import { fail, ok } from "../../core/result.ts";
import { offsetOfZone } from "../../pipeline/baseline/schedules/time-zone.ts";
import { parseTimeOfDay } from "../../pipeline/enforce/change-window.ts";
import type { Access } from "../access/access.ts";
import { personOf, type Principal } from "../access/principal.ts";
import type { LawBench } from "../law/law-bench.ts";
import { isFromFile, lawsInForce } from "../law/laws-in-force.ts";
import type { LawReaders } from "../law/read-law-text.ts";
import { findingViewOf, readLawText } from "../law/read-law-text.ts";
import { textDigest } from "../proposals/text-digest.ts";
import type { Decisions } from "../state/books.ts";
import type { StoredLaw } from "../state/law-book.ts";
import type { SettingBook } from "../state/settings.ts";
import type { AutomationSettings, LawDocument, SettingsView } from "../wire/settings.ts";
import { readAutomation, type VersionedAutomation, writeAutomation } from "./automation-settings.ts";
import type { DeskFailure } from "./desk-failure.ts";
import type { SettingsDesk } from "./desk.ts";
import { breachesOfLaw } from "./law-breaches.ts";

export interface SettingsDeskParts {
  readonly decisions: Decisions;
  readonly settings: SettingBook;
  readonly access: Access;
  readonly readers: LawReaders;
  /** Tries laws that are not in force yet on open proposals. */
  readonly bench: LawBench;
  /** Laws that files hold: they win, and are changed there. */
  readonly fileLaws: readonly StoredLaw[];
  /** What the server was started with, without secrets. */
  readonly repositories: () => Promise<SettingsView["repositories"]>;
  readonly nowMs: () => number;
}

/** Settings of the whole installation: for those who administer it, and every change is in the audit log. */
export function settingsDesk(parts: SettingsDeskParts): SettingsDesk {
  const { decisions, settings, access, readers, nowMs } = parts;
  const laws = lawsInForce(decisions.laws, parts.fileLaws);
  const refused = async (who: Principal): Promise<DeskFailure | undefined> =>
    (await access.may(who, "administer", undefined)) ? undefined : notAdministrator;
  const view = async (known?: VersionedAutomation): Promise<SettingsView> => {
    const [{ automation, version }, own, users, namespaces, repositories] = await Promise.all([
      known ?? readAutomation(settings),
      laws(),
      decisions.users.all(),
      decisions.namespaces.all(),
      parts.repositories(),
    ]);
    return {
      automation,
      version,
      laws: own.map(documentOf),
      repositories,
      users: users
        .filter(({ disabledAtMs }) => disabledAtMs === undefined)
        .map(({ subject, name, isAdministrator, lastSeenMs }) => ({
          person: { subject, name },
          isAdministrator,
          lastSeenMs: lastSeenMs ?? null,
        })),
      stopped: namespaces.flatMap(({ cluster, namespace, stoppedBecause }) =>
        stoppedBecause === undefined ? [] : [{ cluster, namespace, because: stoppedBecause }],
      ),
    };
  };
  return {
    async get(who) {
      const failure = await refused(who);
      return failure === undefined ? ok(await view()) : fail(failure);
    },
    async changeAutomation(who, automation, version) {
      const failure = (await refused(who)) ?? wrongSettings(automation);
      if (failure !== undefined) return fail(failure);
      const before = await readAutomation(settings);
      if (before.version !== version) return fail(stale("the settings"));
      // What is about to be done is told first: a change that nobody wrote down must not be possible.
      await decisions.change(async ({ audit }) => {
        const payload = { from: before.automation, to: automation, version: version + 1 };
        await audit.append([
          { atMs: nowMs(), kind: "settings.change", subject: "settings/automation", actor: personOf(who), payload },
        ]);
      });
      if (await writeAutomation(settings, before, automation)) return ok(await view());
      await decisions.change(async ({ audit }) => {
        const payload = { version: version + 1, because: "somebody else changed them at the same moment" };
        await audit.append([
          {
            atMs: nowMs(),
            kind: "settings.change-lost",
            subject: "settings/automation",
            actor: personOf(who),
            payload,
          },
        ]);
      });
      return fail(stale("the settings"));
    },
    async checkLaw(who, text) {
      const failure = await refused(who);
      if (failure !== undefined) return fail(failure);
      const { ready, findings } = readLawText("law.yaml", text, readers);
      const breaches = ready === undefined ? [] : await breachesOfLaw(ready.law.name, text, parts);
      return ok({ findings: findings.map(findingViewOf), breaches: [...breaches] });
    },
    async changeLaw(who, name, text, version) {
      const failure = (await refused(who)) ?? lockedByFile(parts.fileLaws, name);
      if (failure !== undefined) return fail(failure);
      const { ready, findings } = readLawText(`${name}.yaml`, text, readers);
      if (ready === undefined) return fail(wrongLaw(findings.map(findingViewOf)));
      if (ready.law.name !== name) {
        const at = {
          code: "law_value",
          severity: "error",
          message: `the law calls itself ${quoted(ready.law.name)}`,
        } as const;
        return fail(wrongLaw([{ ...at, fix: `write \`name: ${name}\` in its metadata`, path: "metadata.name" }]));
      }
      const stored = await decisions.change(async ({ laws: book, audit }) => {
        const newest = (await book.current()).find((law) => law.name === name);
        if ((newest?.version ?? null) !== version) return undefined;
        const law: StoredLaw = {
          name,
          version: (version ?? 0) + 1,
          text,
          changedAtMs: nowMs(),
          changedBy: personOf(who),
        };
        if (!(await book.add(law))) return undefined;
        const digest = textDigest(text);
        const payload = {
          law: name,
          version: law.version,
          sha256: digest,
          clauses: ready.law.clauses.map((clause) => clause.name),
        };
        await audit.append([
          { atMs: law.changedAtMs, kind: "law.change", subject: `law/${name}`, actor: law.changedBy, payload },
        ]);
        return law;
      });
      return stored === undefined ? fail(stale(`the law ${quoted(name)}`)) : ok(documentOf(stored));
    },
  };
}

function documentOf({ name, version, text, changedAtMs, changedBy }: StoredLaw): LawDocument {
  return { name, version, text, changedAtMs, changedBy: { ...changedBy } };
}

const notAdministrator: DeskFailure = {
  kind: "forbidden",
  code: "settings_not_administrator",
  message: "only who may administer Postern sees and changes its settings: ask somebody who may",
};

function stale(what: string): DeskFailure {
  const message = `${what} was changed since you read it: load it again, and make your change once more`;
  return { kind: "stale", code: "settings_stale", message };
}

function wrongLaw(findings: NonNullable<DeskFailure["findings"]>): DeskFailure {
  const message = "the text is no law, so nothing was changed: see what is wrong with it";
  return { kind: "invalid", code: "settings_law_wrong", message, findings };
}

function lockedByFile(files: readonly StoredLaw[], name: string): DeskFailure | undefined {
  const file = files.find((law) => law.name === name);
  if (file === undefined || !isFromFile(file)) return undefined;
  const message = `the law ${quoted(name)} comes from ${quoted(file.changedBy.name)}: change it there, and restart the server`;
  return { kind: "conflict", code: "settings_law_in_file", message };
}

/** What the form of the settings cannot say. */
function wrongSettings({ timeZone, windows }: AutomationSettings): DeskFailure | undefined {
  const wrong = (message: string): DeskFailure => ({ kind: "invalid", code: "settings_wrong", message });
  if (offsetOfZone(timeZone) === undefined) {
    return wrong(`${quoted(timeZone)} is no time zone: write one such as \`Europe/Berlin\`, or \`UTC\``);
  }
  const odd = windows.flatMap(({ from, to }) => [from, to]).find((text) => parseTimeOfDay(text) === undefined);
  return odd === undefined
    ? undefined
    : wrong(`${quoted(odd)} is no time of day: write one from \`00:00\` to \`24:00\``);
}
