import type { Migration } from "./migration.ts";

/** When two observers were last seen to ship under one name. */
export const sharedNames: Migration = {
  number: 3,
  name: "shared-names",
  statements: ["alter table observers add column shared_at_ms bigint"],
};
