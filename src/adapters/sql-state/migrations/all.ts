import { collector } from "./0001-collector.ts";
import { decisions } from "./0002-decisions.ts";
import { sharedNames } from "./0003-shared-names.ts";
import type { Migration } from "./migration.ts";

/** In order of their numbers. */
export const allMigrations: readonly Migration[] = [collector, decisions, sharedNames];
