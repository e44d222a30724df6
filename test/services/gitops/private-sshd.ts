import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface PrivateSshd {
  readonly port: number;
  readonly user: string;
  readonly keyFile: string;
  readonly strangerKeyFile: string;
  readonly knownHostsFile: string;
  readonly wrongHostsFile: string;
  stop(): Promise<void>;
}

export const sshdProgram = "/usr/sbin/sshd";

export function newSshKey(file: string): string {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "postern", "-f", file]);
  return readFileSync(`${file}.pub`, "utf8");
}

/** Debian's sshd on the loopback, with keys of its own; only one key may sign in. */
export async function startSshd(folder: string): Promise<PrivateSshd> {
  const own = join(folder, "sshd");
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const hostKey = newSshKey(join(own, "host"));
  const otherHostKey = newSshKey(join(own, "other-host"));
  const mine = newSshKey(join(own, "id"));
  newSshKey(join(own, "stranger"));
  writeFileSync(join(own, "authorized"), mine, { mode: 0o600 });
  chmodSync(folder, 0o755);
  const port = await freePort();
  writeFileSync(
    join(own, "config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${join(own, "host")}`,
      `AuthorizedKeysFile ${join(own, "authorized")}`,
      `PidFile ${join(own, "pid")}`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "PermitRootLogin prohibit-password",
      "",
    ].join("\n"),
  );
  // Where a system's sshd would have it made.
  if (!existsSync("/run/sshd")) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const child: ChildProcess = spawn(sshdProgram, ["-D", "-e", "-f", join(own, "config")], { stdio: "ignore" });
  const words = (key: string): string => key.split(" ").slice(0, 2).join(" ");
  writeFileSync(join(own, "known"), `[127.0.0.1]:${port} ${words(hostKey)}\n`);
  writeFileSync(join(own, "wrong"), `[127.0.0.1]:${port} ${words(otherHostKey)}\n`);
  await answers(port);
  return {
    port,
    user: userInfo().username,
    keyFile: join(own, "id"),
    strangerKeyFile: join(own, "stranger"),
    knownHostsFile: join(own, "known"),
    wrongHostsFile: join(own, "wrong"),
    async stop() {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => {
        child.once("exit", resolve);
      });
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error("sshd does not answer");
}
