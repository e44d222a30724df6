import { canonicalJson } from "../../src/app/audit/canonical-json.ts";
import type { Decisions } from "../../src/app/state/books.ts";
import type { StoredFinding } from "../../src/app/state/namespaces.ts";
import { proposalForTest } from "../../src/pipeline/propose/proposal.test-support.ts";
import { proposalStates } from "../../src/pipeline/propose/proposal.ts";
import { fleetNamespace } from "./fleet-history.ts";
import { seeded } from "./random.ts";

const person = { subject: "local:ada", name: "ada" };
const dayMs = 86_400_000;
const atOnce = 250;

/** Namespaces with twenty findings each, proposals in every state, and an audit record for each step of them. */
export async function fillDecisions(
  decisions: Decisions,
  { namespaces, proposals, nowMs }: { readonly namespaces: number; readonly proposals: number; readonly nowMs: number },
): Promise<void> {
  const random = seeded(13);
  for (let from = 0; from < namespaces; from += atOnce) {
    await decisions.change(async (books) => {
      for (let n = from; n < Math.min(namespaces, from + atOnce); n += 1) {
        const where = { cluster: "east", namespace: fleetNamespace(n) };
        await books.namespaces.set(where, {
          phase: (["observe", "review", "automate"] as const)[n % 3]!,
          coverage: (["enforced", "partial", "none"] as const)[random.below(3)]!,
          readinessDay: random.below(1000) / 1000,
          exposure: { v4: random.below(500) / 10, v6: null, unresolvedRules: 0 },
          findings: 20,
          flows: random.below(1_000_000),
          destinations: random.below(1_000),
          workloads: 5,
          lastSeenMs: nowMs,
        });
        for (let day = 0; day < 30; day += 1) {
          const at = Math.floor(nowMs / dayMs - day) * dayMs;
          await books.namespaces.setDay(where, { dayMs: at, exposure: 40, readiness: 0.9, denied: random.below(100) });
        }
        await books.namespaces.setFindings(
          where,
          Array.from({ length: 20 }, (_, rule) => findingOf(where, rule)),
        );
      }
    });
  }
  for (let from = 0; from < proposals; from += atOnce) {
    await decisions.change(async (books) => {
      for (let n = from; n < Math.min(proposals, from + atOnce); n += 1) {
        const namespace = fleetNamespace(n % namespaces);
        const { number: _, ...proposal } = proposalForTest({
          id: `p-${String(n).padStart(16, "0")}`,
          namespace,
          state: proposalStates[n % proposalStates.length]!,
          risk: (["low", "medium", "high"] as const)[random.below(3)]!,
          readinessDay: random.below(1000) / 1000,
          createdAtMs: nowMs - random.below(30 * dayMs),
          updatedAtMs: nowMs - random.below(dayMs),
        });
        await books.proposals.add(proposal);
        const payload = { cluster: "east", namespace, revision: 1 };
        const step = { atMs: nowMs, subject: `proposal/${proposal.id}`, actor: person, payload };
        await books.audit.append(
          ["proposal.create", "proposal.submit", "proposal.approve"].map((kind) => ({ ...step, kind })),
        );
      }
    });
  }
}

function findingOf(where: { readonly cluster: string; readonly namespace: string }, rule: number): StoredFinding {
  const problem = (["zombie", "shadowed", "over-broad"] as const)[rule % 3]!;
  const severity = (["warning", "info"] as const)[rule % 2]!;
  const id = `${where.namespace}-${rule}`;
  const body = canonicalJson({
    id,
    ...where,
    kind: "EgressFirewall",
    policyName: "default",
    rule,
    ruleText: `Allow 10.${rule}.0.0/16`,
    problem,
    code: `rule_${problem}`,
    severity,
    message: "nothing used this rule in thirty days",
    effect: "it stays open for nothing",
    fix: null,
    lastHitMs: null,
    proposal: null,
  });
  return { id, where, problem, severity, lastHitMs: undefined, body, fixedManifest: undefined };
}
