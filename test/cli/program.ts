import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const filesFolder: string = fileURLToPath(new URL("files/", import.meta.url));
export const cli: string = fileURLToPath(new URL("../../src/main/cli.ts", import.meta.url));

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

export interface RunOptions {
  readonly folder?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the real program in a child process, without a terminal, away from the tester's own settings. */
export async function runProgram(
  args: readonly string[],
  { folder, stdin = "", env = {} }: RunOptions = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder ?? filesFolder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: "UTC", ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A program that does not read its input may be gone before it is written.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ stdout, stderr, code: code ?? undefined, signal: signal ?? undefined }),
    );
  });
}

/** What a person would see, as one text. */
export function transcript(args: readonly string[], { stdout, stderr, code, signal }: Ran): string {
  const command = ["postern", ...args]
    .map((arg) => (/^[\w./:,=@%+[\]-]+$/.test(arg) ? arg : JSON.stringify(arg)))
    .join(" ");
  const part = (name: string, text: string): string =>
    text === "" ? "" : `--- ${name}\n${text}${text.endsWith("\n") ? "" : "\n(no newline at the end)\n"}`;
  return `$ ${command}\n${part("stdout", stdout)}${part("stderr", stderr)}--- exit ${code ?? signal ?? "?"}\n`;
}
