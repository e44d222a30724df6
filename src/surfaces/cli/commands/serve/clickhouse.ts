import type { StorePlace } from "../../../../app/serve.ts";
import { quoted } from "../../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../../core/result.ts";

export type ClickHousePlace = Extract<StorePlace, { readonly kind: "clickhouse" }>;

/** Names that need no escaping in any statement, log or path. */
const plainName = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const preset = { user: "default", database: "postern" };

/** Scheme and user, hosts, and what follows them. */
const severalHosts = /^([a-z]+:\/\/(?:[^/@]*@)?)([^/?#@]*)(.*)$/i;

/** `https://user@host:8443/database`, or several hosts with commas between them; user and database may be left out, a password must not be there. */
export function parseClickHouse(
  text: string,
  cluster: string | undefined,
): Result<Pick<ClickHousePlace, "urls" | "user" | "database" | "cluster">, string> {
  const [, before = "", hosts = "", rest = ""] = severalHosts.exec(text) ?? [];
  const urls = hosts.split(",").map((host) => (host === "" ? null : URL.parse(before + host + rest)));
  const [url = null] = urls;
  if (url?.password !== undefined && url.password !== "") {
    return fail("the address of the ClickHouse server has a password in it; give `--clickhouse-password-file` instead");
  }
  if (url === null || urls.includes(null) || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    return fail(`${quoted(text)} is no address of a ClickHouse server; write \`https://user@host:8443/database\``);
  }
  const database = url.pathname.slice(1) || preset.database;
  const named = cluster === undefined ? [database] : [database, cluster];
  const odd = named.find((name) => !plainName.test(name));
  if (odd !== undefined) return fail(`${quoted(odd)} is no plain name: letters, digits and \`_\``);
  const user = decoded(url.username);
  if (user === undefined)
    return fail("the user in the address of the ClickHouse server has a `%` that stands for nothing");
  return ok({ urls: urls.flatMap((own) => own?.origin ?? []), user: user || preset.user, database, cluster });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
