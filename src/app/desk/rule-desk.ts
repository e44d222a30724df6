import { ok } from "../../core/result.ts";
import type { Access } from "../access/access.ts";
import type { Decisions } from "../state/books.ts";
import { type RuleFinding, type RuleQuery, ruleFinding, ruleSorts } from "../wire/rules.ts";
import type { RuleDesk } from "./desk.ts";
import { FindingShelf, type ListedFinding } from "./finding-shelf.ts";
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
const valueOf: Readonly<Record<(typeof ruleSorts)[number], (finding: ListedFinding) => string | number | null>> = {
  severity: ({ severity }) => severities.indexOf(severity),
  namespace: ({ where }) => where.namespace,
  problem: ({ problem }) => problem,
  lastHitMs: ({ lastHitMs }) => lastHitMs ?? null,
};

function keyOf({ where: { cluster, namespace }, id }: ListedFinding): string {
  return `${namespace}/${cluster}/${id}`;
}

function isWanted({ where, problem, severity }: ListedFinding, asked: Omit<RuleQuery, "cursor" | "limit">): boolean {
  return (
    (asked.cluster?.includes(where.cluster) ?? true) &&
    (asked.namespace?.includes(where.namespace) ?? true) &&
    (asked.problem === undefined || asked.problem.some((own) => own === problem)) &&
    (asked.severity === undefined || asked.severity.some((own) => own === severity))
  );
}

const texts = new WeakMap<ListedFinding, string>();

/** All that the list shows of a finding, in lower case. */
function textOf(finding: ListedFinding): string {
  let text = texts.get(finding);
  if (text === undefined) {
    const { cluster, namespace, kind, policyName, ruleText, code, message, fix } = rowOf(finding);
    text = [cluster, namespace, kind, policyName, ruleText, code, message, fix ?? ""].join("\n").toLowerCase();
    texts.set(finding, text);
  }
  return text;
}

function rowOf({ body }: ListedFinding): RuleFinding {
  return ruleFinding.parse(JSON.parse(body));
}

/** A finding is being mended where an open proposal of the namespace has the very text of its fix. */
async function withProposals(
  findings: readonly ListedFinding[],
  { namespaces, proposals }: RuleDeskParts["decisions"],
): Promise<readonly RuleFinding[]> {
  const places = new Map(findings.filter(isFixable).map(({ where }) => [namespaceKey(where), where]));
  const open = new Map(
    await Promise.all([...places].map(async ([key, where]) => [key, await proposals.openOf(where)] as const)),
  );
  const mending = async (finding: ListedFinding): Promise<string | null> => {
    const own = open.get(namespaceKey(finding.where)) ?? [];
    if (!finding.isFixable || own.length === 0) return null;
    const fixed = (await namespaces.finding(finding.id))?.fixedManifest;
    return own.find(({ manifest }) => manifest === fixed)?.id ?? null;
  };
  return Promise.all(findings.map(async (finding) => ({ ...rowOf(finding), proposal: await mending(finding) })));
}

function isFixable(finding: ListedFinding): boolean {
  return finding.isFixable;
}
