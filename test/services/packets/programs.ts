import { accessSync, constants } from "node:fs";
import { join } from "node:path";

const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin"].filter((folder) => folder !== "");

function isThere(program: string): boolean {
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether suites that need a program are to be skipped, which is said; in CI that is an error. */
export function lacks(...programs: readonly string[]): boolean {
  const missing = programs.filter((program) => !isThere(program));
  if (missing.length === 0) return false;
  const message = `${missing.join(" and ")} not installed, on Debian: apt-get install tshark tcpdump`;
  if ((process.env.CI ?? "") !== "") throw new Error(message);
  process.stderr.write(`skipped: ${message}\n`);
  return true;
}
