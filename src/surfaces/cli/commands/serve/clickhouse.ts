import type { StorePlace } from "../../../../app/serve.ts";
import { quoted } from "../../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../../core/result.ts";

export type ClickHousePlace = Extract<StorePlace, { readonly kind: "clickhouse" }>;

/** Names that need no escaping in any statement, log or path. */
const plainName = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const preset = { user: "default", database: "postern" };

/** `https://user@host:8443/database`; user and database may be left out, a password must not be there. */
export function parseClickHouse(
  text: string,
  cluster: string | undefined,
): Result<Pick<ClickHousePlace, "url" | "user" | "database" | "cluster">, string> {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    return fail(`${quoted(text)} is no address of a ClickHouse server; write \`https://user@host:8443/database\``);
  }
  if (url.password !== "") {
    return fail("the address of the ClickHouse server has a password in it; give `--clickhouse-password-file` instead");
  }
  const database = url.pathname.slice(1) || preset.database;
  const named = cluster === undefined ? [database] : [database, cluster];
  const odd = named.find((name) => !plainName.test(name));
  if (odd !== undefined) return fail(`${quoted(odd)} is no plain name: letters, digits and \`_\``);
  return ok({ url: url.origin, user: decodeURIComponent(url.username) || preset.user, database, cluster });
}
