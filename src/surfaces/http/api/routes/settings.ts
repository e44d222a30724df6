import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { SettingsDesk } from "../../../../app/desk/desk.ts";
import {
  automationSettings,
  lawChange,
  lawCheck,
  lawDocument,
  type SettingsView,
  settingsView,
} from "../../../../app/wire/settings.ts";
import { addRoute, type RouteSurroundings } from "../route.ts";

const tag = "Settings";
const versionOf = ({ version }: SettingsView): number => version;

export function addSettingsRoutes(app: FastifyInstance, desk: SettingsDesk, around: RouteSurroundings): void {
  addRoute(app, around, {
    method: "GET",
    url: "/settings",
    name: "getSettings",
    tag,
    summary: "Automation, laws, repositories and users",
    answer: settingsView,
    versionOf,
    handle: ({ who }) => desk.get(who),
  });
  addRoute(app, around, {
    method: "PUT",
    url: "/settings/automation",
    name: "changeAutomation",
    tag,
    summary: "Change what may happen without a person",
    body: automationSettings,
    answer: settingsView,
    needsVersion: true,
    versionOf,
    handle: ({ who, body, version }) => desk.changeAutomation(who, body, version),
  });
  addRoute(app, around, {
    method: "POST",
    url: "/settings/laws/check",
    name: "checkLaw",
    tag,
    summary: "Say what a law would breach among open proposals, and keep nothing",
    body: z.object({ text: z.string().max(1_000_000) }),
    answer: lawCheck,
    isSlow: true,
    handle: ({ who, body }) => desk.checkLaw(who, body.text),
  });
  addRoute(app, around, {
    method: "PUT",
    url: "/settings/laws/:name",
    name: "changeLaw",
    tag,
    summary: "Write a new version of a law",
    description:
      "`version` is the one that was read, null for a new document: of two who change it, the second is told.",
    params: z.object({ name: z.string().min(1).max(100) }),
    body: lawChange,
    answer: lawDocument,
    handle: ({ who, params, body }) => desk.changeLaw(who, params.name, body.text, body.version),
  });
}
