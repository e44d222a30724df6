import { accessSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";

const binaries = ["ovsdb-tool", "ovsdb-server", "ovn-northd", "ovn-nbctl", "ovn-sbctl", "ovn-trace"];
const schemaFolders = ["/usr/share/ovn", "/usr/local/share/ovn"];

/** Distributions put the servers where only root's PATH looks. */
export const searchPath = [process.env.PATH ?? "", "/usr/sbin", "/usr/local/sbin"].join(":");

function isReadable(path: string, mode = constants.R_OK): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

export function schemaFile(database: "nb" | "sb"): string | undefined {
  return schemaFolders.map((folder) => join(folder, `ovn-${database}.ovsschema`)).find((path) => isReadable(path));
}

/** OVN has ACL tiers since 23.06. */
export function hasAclTiers(): boolean {
  const schema = JSON.parse(readFileSync(schemaFile("nb") ?? "", "utf8")) as {
    readonly tables: { readonly ACL: { readonly columns: Readonly<Record<string, unknown>> } };
  };
  return "tier" in schema.tables.ACL.columns;
}

/** What is missing, in words; undefined when OVN can be run. */
export function missingOvn(path = searchPath): string | undefined {
  const folders = path.split(":").filter((folder) => folder !== "");
  const missing: string[] = binaries.filter(
    (name) => !folders.some((folder) => isReadable(join(folder, name), constants.X_OK)),
  );
  if (schemaFile("nb") === undefined || schemaFile("sb") === undefined) missing.push("the database schemas");
  if (missing.length === 0) return undefined;
  return `OVN is not installed (no ${missing.join(", ")}), on Debian: apt-get install ovn-central`;
}

/** Whether suites that need OVN are to be skipped, which is said; in CI that is an error. */
export function lacksOvn(): boolean {
  const missing = missingOvn();
  if (missing === undefined) return false;
  if ((process.env.CI ?? "") !== "") throw new Error(missing);
  process.stderr.write(`skipped: ${missing}\n`);
  return true;
}
