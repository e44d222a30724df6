import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = "/usr/sbin/rsyslogd";

/** Whether suites that need it are to be skipped, which is said; in CI that is an error. */
export function lacksRsyslog(): boolean {
  if (spawnSync(program, ["-v"]).status === 0) return false;
  const missing = "rsyslog is not installed, on Debian: apt-get install rsyslog";
  if ((process.env.CI ?? "") !== "") throw new Error(missing);
  process.stderr.write(`skipped: ${missing}\n`);
  return true;
}

/** Whether its TLS driver is missing; as above. */
export function lacksRsyslogTls(): boolean {
  if (lacksRsyslog()) return true;
  if (globSync("/usr/lib/*/rsyslog/lmnsd_gtls.so").length > 0) return false;
  const missing = "rsyslog's TLS is not installed, on Debian: apt-get install rsyslog-gnutls";
  if ((process.env.CI ?? "") !== "") throw new Error(missing);
  process.stderr.write(`skipped: ${missing}\n`);
  return true;
}

/** How rsyslog is told to forward: settings of `omfwd`, and a template of what is sent. */
export interface Forwarding {
  readonly settings: string;
  readonly template: string;
  /** Files of its certificate, and of the authority that it trusts. */
  readonly tls?: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
}

/** An rsyslogd of one's own: forwards what is appended to its file. */
export class Rsyslog {
  private readonly folder: string;
  private readonly process: ChildProcess;

  constructor(port: number, { settings, template, tls }: Forwarding) {
    this.folder = mkdtempSync(join(tmpdir(), "postern-rsyslog-"));
    writeFileSync(this.log, "");
    const config = [
      `global(workDirectory="${this.folder}"${tls === undefined ? "" : tlsOf(tls)})`,
      'module(load="imfile" mode="polling" pollingInterval="1")',
      template,
      `input(type="imfile" file="${this.log}" tag="ovn-acl" ruleset="out")`,
      'ruleset(name="out") {',
      `  action(type="omfwd" target="127.0.0.1" port="${port}" ${settings})`,
      "}",
    ];
    const path = join(this.folder, "rsyslog.conf");
    writeFileSync(path, `${config.join("\n")}\n`);
    this.process = spawn(program, ["-n", "-f", path, "-i", join(this.folder, "pid")], { stdio: "ignore" });
  }

  write(lines: readonly string[]): void {
    appendFileSync(this.log, `${lines.join("\n")}\n`);
  }

  async close(): Promise<void> {
    if (this.process.exitCode === null) {
      const closed = once(this.process, "close");
      this.process.kill("SIGKILL");
      await closed;
    }
    rmSync(this.folder, { recursive: true });
  }

  private get log(): string {
    return join(this.folder, "acl-audit-log.log");
  }
}

function tlsOf({ caFile, certFile, keyFile }: NonNullable<Forwarding["tls"]>): string {
  const files = `defaultNetstreamDriverCAFile="${caFile}" defaultNetstreamDriverCertFile="${certFile}"`;
  return ` defaultNetstreamDriver="gtls" ${files} defaultNetstreamDriverKeyFile="${keyFile}"`;
}
