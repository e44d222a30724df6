import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { lacksOvn, missingOvn } from "./installation.ts";
import { PrivateOvn } from "./private-ovn.ts";

/** A dead process whose new parent has not yet asked for it (a container without an init) is no survivor. */
function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  try {
    process.kill(pid, 0);
    return !existsSync(stat) || !readFileSync(stat, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

/** Waits for the end, not for a time: the limit only keeps a failure from hanging. */
async function survivors(pids: readonly number[]): Promise<readonly number[]> {
  for (let tries = 0; tries < 200 && pids.some(isAlive); tries += 1) await sleep(50);
  return pids.filter(isAlive);
}

test("what is missing is said with what to do", () => {
  expect(missingOvn("/nowhere")).toMatch(/^OVN is not installed \(no ovsdb-tool, .*, ovn-trace\b.*apt-get install/);
});

describe.skipIf(lacksOvn())("a private OVN", () => {
  test("leaves no process and no folder behind when it is closed", async () => {
    const ovn = await PrivateOvn.open();
    expect(ovn.pids).toHaveLength(4);
    expect(ovn.pids.every(isAlive)).toBe(true);
    await ovn.northbound([[["ls-add", "some"]]]);
    expect(await ovn.list("sb", "Datapath_Binding", ["tunnel_key"])).toHaveLength(1);
    await ovn.close();
    expect(await survivors(ovn.pids)).toEqual([]);
    expect(existsSync(ovn.folder)).toBe(false);
    // Closing twice is harmless.
    await ovn.close();
  });

  test.each(["SIGKILL", "SIGINT"] as const)("leaves nothing behind when its test process gets %s", async (signal) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "open-and-wait.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    const { folder, pids } = JSON.parse(String(value)) as { readonly folder: string; readonly pids: number[] };
    // Both databases, northd, the warden, and the trace daemon, which has left every process group of ours.
    expect(pids).toHaveLength(5);
    expect(pids.every(isAlive)).toBe(true);
    child.kill(signal);
    expect(await survivors(pids)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});
