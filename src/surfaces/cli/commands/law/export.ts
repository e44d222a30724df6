import { readLawText } from "../../../../app/law/read-law-text.ts";
import { exportAdmission } from "../../../../pipeline/propose/law/admission/export-admission.ts";
import type { LawScope } from "../../../../pipeline/propose/law/law.ts";
import { fitsPattern } from "../../../../pipeline/propose/law/scope.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { dim, green, text, yellow } from "../../terminal/text.ts";
import { count } from "../../words/count.ts";

export interface LawExportOptions {
  readonly paths: readonly string[];
  readonly cluster: string | undefined;
}

export async function runLawExport({ paths, cluster }: LawExportOptions, context: Context): Promise<ExitCode> {
  const { out, err, ports } = context;
  const port = await ports.laws();
  const readers = port.readers(undefined);
  const laws = await port.readLaws(paths, readers);
  if (!laws.ok) return fail(context, laws.error);
  const isFor = ({ clusters }: LawScope): boolean =>
    clusters.length === 0 ||
    clusters.includes("*") ||
    (cluster !== undefined && clusters.some((pattern) => fitsPattern(pattern, cluster)));
  const exported = laws.value.map(({ name, text: written }) => {
    const { law } = readLawText(name, written, readers).ready!;
    return exportAdmission(law, cluster, isFor);
  });
  const objects = exported.flatMap((own) => own.objects);
  out.document(objects.length === 0 ? "" : port.print(objects));
  const remarks = exported.flatMap((own) => own.remarks);
  for (const { clause, kind, isExported, text: why } of remarks) {
    const what = isExported ? dim("otherwise than the law") : yellow("not exported");
    err.line(text`${what}  ${clause}${kind === undefined ? "" : ` for ${kind}`}: ${why}`, 4);
  }
  const left = new Set(remarks.filter(({ isExported }) => !isExported).map(({ clause }) => clause)).size;
  err.line(
    text`${green(`${objects.length / 2}`)} policies with their bindings; ${count(left, "clause")} that the cluster cannot hold for every kind`,
  );
  return Exit.ok;
}
