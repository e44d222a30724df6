import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** Distributions put the servers where only root's PATH looks. */
export const searchPath = [process.env.PATH ?? "", "/usr/sbin", "/usr/local/sbin"].join(":");

function isInstalled(program: string): boolean {
  return searchPath.split(":").some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}

/** Whether a suite is to be skipped for want of a program, which is said; in CI that is an error. */
export function lacks(...programs: readonly string[]): boolean {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) return false;
  const message = `not installed: ${missing.join(", ")}; see the packages in .ci/run`;
  if ((process.env.CI ?? "") !== "") throw new Error(message);
  process.stderr.write(`skipped: ${message}\n`);
  return true;
}
