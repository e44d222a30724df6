import { readFile } from "node:fs/promises";

/**
 * Datagrams that the kernel dropped because a socket's buffer was full, for sockets bound to one of `ports`, as Linux
 * counts them since the socket was opened. Undefined where there is no such count.
 */
export async function kernelDrops(ports: ReadonlySet<number>, files = procFiles): Promise<number | undefined> {
  let drops: number | undefined;
  for (const file of files) {
    const text = await readFile(file, "latin1").catch(() => undefined);
    if (text !== undefined) drops = (drops ?? 0) + dropsIn(text, ports);
  }
  return drops;
}

const procFiles = ["/proc/self/net/udp", "/proc/self/net/udp6"];

/** Lines are `sl local_address rem_address … drops`, addresses and ports in hexadecimal. */
function dropsIn(text: string, ports: ReadonlySet<number>): number {
  let drops = 0;
  for (const line of text.split("\n").slice(1)) {
    const columns = line.trim().split(/\s+/);
    const port = Number.parseInt(columns[1]?.split(":")[1] ?? "", 16);
    const count = Number(columns.at(-1));
    if (ports.has(port) && Number.isSafeInteger(count)) drops += count;
  }
  return drops;
}
