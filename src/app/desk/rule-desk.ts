import { ok } from "../../core/result.ts";
import type { Access } from "../access/access.ts";
import type { Decisions } from "../state/books.ts";
import type { StoredFinding } from "../state/namespaces.ts";
import { type RuleFinding, type RuleQuery, ruleFinding, ruleSorts } from "../wire/rules.ts";
import type { RuleDesk } from "./desk.ts";
import { FindingShelf } from "./finding-shelf.ts";
import { allowedAmong, namespaceKey } from "./namespace-keys.ts";
import { pageOfRows, readSort } from "./page-of-rows.ts";

export interface RuleDeskParts {
  readonly decisions: Pick<Decisions, "namespaces" | "proposals">;
  readonly access: Access;
  readonly nowMs: () => number;
}

/** What is wrong with rules in force, over all namespaces that one may see. */
export function ruleDesk({ decisions, access, nowMs }: RuleDeskParts): RuleDesk {
  const shelf = new FindingShelf(decisions.namespaces, nowMs);
  return {
    list: async (who, query) => {
      const { cursor, limit, ...asked } = query;
      const sort = readSort(asked.sort ?? "severity", ruleSorts, "rules");
      if (!sort.ok) return sort;
      const findings = await shelf.findings();
      const places = new Map(findings.map(({ where }) => [namespaceKey(where), where]));
      const isAllowed = await allowedAmong(access, who, "view", [...places.values()]);
      const text = asked.q?.toLowerCase();
      const rows = findings.filter(
        (finding) =>
          isWanted(finding, asked) &&
          isAllowed(finding.where) &&
          (text === undefined || textOf(finding).includes(text)),
      );
      const order = { valueOf: valueOf[sort.value.field], keyOf, isDescending: sort.value.isDescending };
      const page = pageOfRows(rows, order, { cursor, limit, asked });
      if (!page.ok) return page;
      return ok({ ...page.value, items: await withProposals(page.value.items, decisions) });
    },
  };
}

const severities = ["error", "warning", "info"];

/** What is worst comes first, and what is equal by namespace. */
const valueOf: Readonly<Record<(typeof ruleSorts)[number], (finding: StoredFinding) => string | number | null>> = {
  severity: ({ severity }) => severities.indexOf(severity),
  namespace: ({ where }) => where.namespace,
  problem: ({ problem }) => problem,
  lastHitMs: ({ lastHitMs }) => lastHitMs ?? null,
};

function keyOf({ where: { cluster, namespace }, id }: StoredFinding): string {
  return `${namespace}/${cluster}/${id}`;
}

function isWanted({ where, problem, severity }: StoredFinding, asked: Omit<RuleQuery, "cursor" | "limit">): boolean {
  return (
    (asked.cluster?.includes(where.cluster) ?? true) &&
    (asked.namespace?.includes(where.namespace) ?? true) &&
    (asked.problem === undefined || asked.problem.some((own) => own === problem)) &&
    (asked.severity === undefined || asked.severity.some((own) => own === severity))
  );
}

const texts = new WeakMap<StoredFinding, string>();

/** All that the list shows of a finding, in lower case. */
function textOf(finding: StoredFinding): string {
  let text = texts.get(finding);
  if (text === undefined) {
    const { cluster, namespace, kind, policyName, ruleText, code, message, fix } = rowOf(finding);
    text = [cluster, namespace, kind, policyName, ruleText, code, message, fix ?? ""].join("\n").toLowerCase();
    texts.set(finding, text);
  }
  return text;
}

function rowOf({ body }: StoredFinding): RuleFinding {
  return ruleFinding.parse(JSON.parse(body));
}

/** A finding is being mended where an open proposal of the namespace has the very text of its fix. */
async function withProposals(
  findings: readonly StoredFinding[],
  { proposals }: Pick<Decisions, "proposals">,
): Promise<readonly RuleFinding[]> {
  const fixable = findings.filter(({ fixedManifest }) => fixedManifest !== undefined);
  const places = new Map(fixable.map(({ where }) => [namespaceKey(where), where]));
  const open = new Map(
    await Promise.all([...places].map(async ([key, where]) => [key, await proposals.openOf(where)] as const)),
  );
  return findings.map((finding) => {
    const own = open.get(namespaceKey(finding.where)) ?? [];
    const mending = own.find(({ manifest }) => manifest === finding.fixedManifest);
    return { ...rowOf(finding), proposal: mending?.id ?? null };
  });
}
