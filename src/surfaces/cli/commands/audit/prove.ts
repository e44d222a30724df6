import type { AuditLog, AuditRecord } from "../../../../app/audit/audit-log.ts";
import { formatProofs } from "../../../../app/audit/proof-file.ts";
import { proveRecord, type RecordProof } from "../../../../app/audit/prove-record.ts";
import type { State } from "../../../../app/state/state.ts";
import { quoted } from "../../../../core/quoted.ts";
import { fail, warn } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { type StateFlags, withState } from "../../state-options.ts";

export interface ProveFlags extends StateFlags {
  readonly proposal?: string;
}

const perPage = 500;

export async function runProve(sequence: number | undefined, flags: ProveFlags, context: Context): Promise<ExitCode> {
  if ((sequence === undefined) === (flags.proposal === undefined)) {
    const message = "name either the number of a record or a proposal with `--proposal`";
    fail(context, [{ code: "audit_prove_usage", message }]);
    return Exit.usage;
  }
  return withState(flags, context, async (state) => {
    const { audit } = state.decisions;
    const records =
      sequence === undefined
        ? await recordsOf(flags.proposal!, state)
        : [await audit.bySequence(sequence)].filter(isThere);
    if (records.length === 0) {
      const what =
        sequence === undefined ? `no record about a proposal ${quoted(flags.proposal!)}` : `no record ${sequence}`;
      return fail(context, [{ code: "audit_record_not_found", message: `there is ${what} in the audit log` }]);
    }
    const proofs: RecordProof[] = [];
    for (const record of records) {
      const proof = await proveRecord(audit, record);
      if (proof !== undefined) proofs.push(proof);
    }
    const young = records.length - proofs.length;
    const message = "no signed checkpoint is about this yet: the server signs one every minute";
    if (proofs.length === 0) return fail(context, [{ code: "audit_no_checkpoint", message }]);
    if (young > 0) warn(context, `${young} of ${records.length} records are left out: ${message}`);
    context.out.document(formatProofs(proofs));
    return Exit.ok;
  });
}

function isThere(record: AuditRecord | undefined): record is AuditRecord {
  return record !== undefined;
}

async function recordsOf(id: string, { decisions }: State): Promise<readonly AuditRecord[]> {
  const proposal = await decisions.proposals.byId(id);
  return allAbout(decisions.audit, `proposal/${proposal?.id ?? id}`);
}

async function allAbout(audit: AuditLog, subject: string): Promise<readonly AuditRecord[]> {
  const all: AuditRecord[] = [];
  for (let page: readonly AuditRecord[] | undefined; page === undefined || page.length === perPage;) {
    const last = all.at(-1)?.sequence;
    const after = last === undefined ? {} : { beforeSequence: last };
    page = (await audit.list({ subject, isAscending: true, limit: perPage, ...after })).records;
    all.push(...page);
  }
  return all;
}
