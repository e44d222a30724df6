import type { Kysely } from "kysely";
import type { SettingBook } from "../../app/state/settings.ts";
import type { Schema } from "./schema.ts";

export function sqlSettings(database: Kysely<Schema>): SettingBook {
  return {
    get: async (name) => {
      const row = await database.selectFrom("settings").select("value").where("name", "=", name).executeTakeFirst();
      return row?.value;
    },
    set: async (name, value) => {
      await database
        .insertInto("settings")
        .values({ name, value })
        .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
        .execute();
    },
    exchange: async (name, expected, value) => {
      if (expected === undefined) {
        const { numInsertedOrUpdatedRows } = await database
          .insertInto("settings")
          .values({ name, value })
          .onConflict((conflict) => conflict.column("name").doNothing())
          .executeTakeFirst();
        return (numInsertedOrUpdatedRows ?? 0n) > 0n;
      }
      const { numUpdatedRows } = await database
        .updateTable("settings")
        .set({ value })
        .where("name", "=", name)
        .where("value", "=", expected)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}
