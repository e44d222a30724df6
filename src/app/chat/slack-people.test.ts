import { expect, test } from "vitest";
import type { SessionBook, User, UserBook } from "../state/people.ts";
import type { SlackSettings } from "./chat-settings.ts";
import { SlackPeople } from "./slack-people.ts";

test.each([
  ["enabled", undefined, "local:ada"],
  ["disabled", 1, undefined],
])("somebody whom the configuration names is who it says while they are %s", async (_, disabledAtMs, expected) => {
  const ada = { subject: "local:ada", name: "Ada", groups: [], kubernetesUser: undefined, slackUser: "U1" };
  const users = { bySubject: () => Promise.resolve({ disabledAtMs } as User) } as unknown as UserBook;
  const sessions = { byIdHash: () => Promise.resolve(undefined) } as unknown as SessionBook;
  const people = new SlackPeople(
    { team: "T1", people: [ada] } as unknown as SlackSettings,
    { sessions, users },
    () => 0,
  );
  expect((await people.whoIs("U1"))?.subject).toBe(expected);
  expect(await people.whoIs("U2")).toBeUndefined();
});
