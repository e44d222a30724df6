import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

export interface GitRun {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin?: string | undefined;
  readonly timeoutMs: number;
  readonly mostBytes: number;
  readonly signal: AbortSignal | undefined;
}

export interface GitAnswer {
  /** Undefined: it did not end by itself. */
  readonly status: number | undefined;
  readonly stdout: Buffer;
  /** Its end, where it is long. */
  readonly stderr: string;
  readonly stopped: "timeout" | "aborted" | "too-much" | "missing" | "no-folder" | "no-credentials" | undefined;
}

/** One command in the mirror. */
export interface GitCommand {
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly mostBytes?: number;
  readonly signal?: AbortSignal | undefined;
  /** Talks to the other side: with credentials, and longer. */
  readonly isRemote?: boolean;
}
export type Git = (command: GitCommand) => Promise<GitAnswer>;

const mostStderr = 16_384;
const graceMs = 2_000;

/** Runs git once, without a shell. Never rejects: how it ended is the answer. */
export async function runGit({ args, env, cwd, stdin, timeoutMs, mostBytes, signal }: GitRun): Promise<GitAnswer> {
  if (signal?.aborted === true) return { status: undefined, stdout: Buffer.alloc(0), stderr: "", stopped: "aborted" };
  return new Promise((resolve) => {
    // A group of its own: ssh and the helpers of git end with it.
    const child = spawn("git", args, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    const pieces: Buffer[] = [];
    let bytes = 0;
    let stderr = "";
    let stopped: GitAnswer["stopped"];
    let kill: NodeJS.Timeout | undefined;
    const end = (how: NonNullable<GitAnswer["stopped"]>): void => {
      if (stopped !== undefined) return;
      stopped = how;
      signalGroup(child.pid, "SIGTERM");
      kill = setTimeout(() => signalGroup(child.pid, "SIGKILL"), graceMs);
    };
    const timer = setTimeout(() => end("timeout"), timeoutMs);
    const abort = (): void => end("aborted");
    signal?.addEventListener("abort", abort, { once: true });
    const settle = (status: number | undefined): void => {
      clearTimeout(timer);
      clearTimeout(kill);
      signal?.removeEventListener("abort", abort);
      resolve({ status: stopped === undefined ? status : undefined, stdout: Buffer.concat(pieces), stderr, stopped });
    };
    child.stdout.on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > mostBytes) end("too-much");
      else pieces.push(piece);
    });
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (piece: string) => {
      stderr = (stderr + piece).slice(-mostStderr);
    });
    child.on("error", (error) => {
      // Node.js says the same of a program and of a folder to start it in that are not there.
      if ("code" in error && error.code === "ENOENT") stopped ??= existsSync(cwd) ? "missing" : "no-folder";
      stderr ||= error.message;
      settle(undefined);
    });
    child.on("close", (status) => settle(status ?? undefined));
    // It may end before it has read everything.
    child.stdin.on("error", () => {});
    child.stdin.end(stdin ?? "");
  });
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already.
  }
}
