import type { Suggestion } from "../../../../app/suggest-policies.ts";
import { warn } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { listed } from "../../words/count.ts";
import { groupLeftOut } from "./left-out.ts";

const most = 10;
const namespacesNamed = 5;

/**
 * What must be known before a policy is used, for forms of the result that show no more than the policy. The same
 * caution for many namespaces is told once.
 */
export function printRemarks(suggestions: readonly Suggestion[], context: Context): void {
  const remarks = [...cautions(suggestions), ...suggestions.flatMap(lost)];
  for (const remark of remarks.slice(0, most)) warn(context, remark);
  if (remarks.length > most)
    warn(
      context,
      `there are ${remarks.length - most} more remarks like these: \`-o json\` and the report of \`--out\` have all`,
    );
}

function cautions(suggestions: readonly Suggestion[]): readonly string[] {
  const told = suggestions.flatMap(({ namespace, cautions: own }) => own.map((caution) => ({ namespace, caution })));
  return [...Map.groupBy(told, ({ caution }) => caution)].map(([caution, group]) => {
    const names = group.map(({ namespace }) => `\`${namespace}\``);
    const more = names.length > namespacesNamed ? [`${names.length - namespacesNamed} more`] : [];
    return `in ${listed([...names.slice(0, namespacesNamed), ...more])}: ${caution}`;
  });
}

function lost({ namespace, notExpressible }: Suggestion): readonly string[] {
  return groupLeftOut(notExpressible).map(
    ({ workload, destinations, because }) =>
      `in \`${namespace}\`: ${workload} → ${destinations} would be denied, ${because}`,
  );
}
