import { resolve } from "node:path";
import { mostDatagramBytes, ocsfEvent, syslogMessage } from "../../../../app/audit/audit-forms.ts";
import type { AuditLog, KeptRecord } from "../../../../app/audit/audit-log.ts";
import { type AuditPort, parseSyslogPlace, type SyslogSender } from "../../../../app/audit/audit-port.ts";
import { exportLines } from "../../../../app/audit/export-lines.ts";
import { quoted } from "../../../../core/quoted.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { type StateFlags, withState } from "../../state-options.ts";
import { text } from "../../terminal/text.ts";
import { count } from "../../words/count.ts";

export interface ExportFlags extends StateFlags {
  readonly format: "jsonl" | "ocsf" | "syslog";
  readonly from?: number;
  readonly to?: string;
  readonly ca?: string;
}

const perRead = 1_000;

export async function runExport(flags: ExportFlags, context: Context): Promise<ExitCode> {
  const { format, from, to, ca } = flags;
  if (format === "jsonl" && from !== undefined) {
    return usage(context, "an export that can be verified is of the whole log; `--from` is for `ocsf` and `syslog`");
  }
  if (to !== undefined) {
    if (format !== "syslog") return usage(context, "`--to` sends syslog: add `--format syslog`");
    const place = parseSyslogPlace(to, ca === undefined ? undefined : resolve(context.io.workingDirectory, ca));
    if (place === undefined) {
      return usage(
        context,
        `${quoted(to)} is no receiver: write \`udp://host:514\`, \`tcp://host:601\` or \`tls://host:6514\``,
      );
    }
    const port = await context.ports.audit();
    const sender = await port.syslog(place);
    if (!sender.ok) return fail(context, [sender.error]);
    return withState(flags, context, async ({ decisions }) => {
      const most = place.protocol === "udp" ? mostDatagramBytes : Infinity;
      return send(sender.value, decisions.audit, { port, from: from ?? 0, most }, context);
    });
  }
  return withState(flags, context, async ({ decisions }) => {
    const { host } = await context.ports.audit();
    if (format === "jsonl") for await (const lines of exportLines(decisions.audit)) context.out.document(lines);
    else {
      const form = format === "ocsf" ? ocsfEvent : (record: KeptRecord): string => syslogMessage(record, host);
      for await (const records of recordsFrom(decisions.audit, from ?? 0)) {
        context.out.document(records.map((record) => `${form(record)}\n`).join(""));
      }
    }
    return Exit.ok;
  });
}

async function send(
  sender: SyslogSender,
  audit: AuditLog,
  { port, from, most }: { readonly port: AuditPort; readonly from: number; readonly most: number },
  context: Context,
): Promise<ExitCode> {
  let sent = 0;
  let next = from;
  try {
    for await (const records of recordsFrom(audit, from)) {
      await sender.send(records.map((record) => syslogMessage(record, port.host, most)));
      sent += records.length;
      next = records.at(-1)!.sequence + 1;
    }
    await sender.close();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `the receiver of syslog is gone after ${count(sent, "record")}: ${why}; go on with \`--from ${next}\``;
    return fail(context, [{ code: "audit_syslog_unreachable", message }]);
  }
  context.err.line(text`sent ${count(sent, "record")}; the next is ${next}`);
  return Exit.ok;
}

async function* recordsFrom(audit: AuditLog, from: number): AsyncGenerator<readonly KeptRecord[]> {
  for (let next = from; ;) {
    const records = await audit.readKept(next, perRead);
    const last = records.at(-1);
    if (last === undefined) return;
    yield records;
    next = last.sequence + 1;
  }
}

function usage(context: Context, message: string): ExitCode {
  fail(context, [{ code: "audit_export_usage", message }]);
  return Exit.usage;
}
