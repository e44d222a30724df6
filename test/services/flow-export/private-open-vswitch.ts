import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Unixctl } from "../ovn/unixctl.ts";
import { searchPath } from "./programs.ts";

const run = promisify(execFile);
const schema = "/usr/share/openvswitch/vswitch.ovsschema";

/** Open vSwitch with a bridge in memory: no kernel module, no network, no root. Packets are put into its port `p1`. */
export class PrivateOpenVSwitch {
  private readonly folder: string;
  private readonly daemons: readonly ChildProcess[];

  private constructor(folder: string, daemons: readonly ChildProcess[]) {
    this.folder = folder;
    this.daemons = daemons;
  }

  static async open(): Promise<PrivateOpenVSwitch> {
    // Unix socket paths are short.
    const folder = await mkdtemp("/tmp/postern-ovs-");
    const env = environment(folder);
    await run("ovsdb-tool", ["create", join(folder, "conf.db"), schema], { env });
    const start = (program: string, name: string, ...args: readonly string[]): ChildProcess =>
      spawn(
        program,
        [`--unixctl=${folder}/${name}.ctl`, `--log-file=${folder}/${name}.log`, "-vconsole:off", ...args],
        { env, stdio: "ignore" },
      );
    const database = start("ovsdb-server", "db", `--remote=punix:${folder}/db.sock`, `${folder}/conf.db`);
    const daemons = [database];
    const made = new PrivateOpenVSwitch(folder, daemons);
    try {
      await appears(`${folder}/db.sock`);
      await made.vsctl("--no-wait", "init");
      daemons.push(
        start("ovs-vswitchd", "vs", "--enable-dummy=override", "--disable-system", `unix:${folder}/db.sock`),
      );
      await appears(`${folder}/vs.ctl`);
      const port = (name: string): readonly string[] => [
        "--",
        "add-port",
        "br-int",
        name,
        "--",
        "set",
        "interface",
        name,
        "type=dummy",
      ];
      const bridge = [
        "add-br",
        "br-int",
        "--",
        "set",
        "bridge",
        "br-int",
        "datapath_type=dummy",
        "fail-mode=standalone",
      ];
      await made.vsctl(...bridge, ...port("p1"), ...port("p2"));
      // Whatever comes leaves by the other port.
      await run("ovs-ofctl", ["add-flow", `unix:${folder}/br-int.mgmt`, "priority=1,actions=output:2"], { env });
      return made;
    } catch (error) {
      await made.close();
      throw error;
    }
  }

  async vsctl(...args: readonly string[]): Promise<void> {
    await run("ovs-vsctl", [`--db=unix:${this.folder}/db.sock`, "--timeout=20", ...args], {
      env: environment(this.folder),
    });
  }

  async receive(packets: readonly (readonly number[])[]): Promise<void> {
    const control = await Unixctl.open(`${this.folder}/vs.ctl`);
    try {
      for (const [i, packet] of packets.entries()) {
        await control.call("netdev-dummy/receive", "p1", Buffer.from(packet).toString("hex"));
        // The port holds a hundred packets, and drops what is more.
        if (i % 25 === 24) await sleep(50);
      }
    } finally {
      control.close();
    }
  }

  async close(): Promise<void> {
    for (const daemon of this.daemons.toReversed()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const gone = once(daemon, "exit");
      daemon.kill("SIGTERM");
      const timer = setTimeout(() => daemon.kill("SIGKILL"), 5000);
      await gone;
      clearTimeout(timer);
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function appears(path: string): Promise<void> {
  for (let waitedMs = 0; !existsSync(path); waitedMs += 20) {
    if (waitedMs > 20_000) throw new Error(`${path} did not appear`);
    await sleep(20);
  }
}

function environment(folder: string): Record<string, string> {
  return { PATH: searchPath, OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder, OVS_SYSCONFDIR: folder };
}
