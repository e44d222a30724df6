import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";

/** A TCP port of this machine that nobody listens at. */
export async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = createServer().listen(0, "127.0.0.1", () => resolve());
  await promise;
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Memory of a process, now and at most since its start; Linux tells. */
export function residentMiB(child: ChildProcess): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const of = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 102.4) / 10;
  return { now: of("VmRSS"), peak: of("VmHWM") };
}
