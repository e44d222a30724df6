import { formatIpSet } from "../../core/net/ip-set.ts";
import { formatIp } from "../../core/net/ip.ts";
import { formatL4Point, formatL4Set } from "../../core/net/l4.ts";
import { compareSets, type DecidedBy, type ScopeChange } from "../../core/policy/compare-sets.ts";
import type { EgressPolicy } from "../../core/policy/model.ts";
import { formatPolicyName } from "../../core/policy/namespace-policies.ts";
import { type DifferenceView, type Dossier, mostDossierRows, type ReplayView } from "../wire/dossier.ts";
import type { JudgedSet, NamespaceEvidence } from "./namespace-evidence.ts";
import { edgeView, shortened } from "./wire-views.ts";

type Differences = Pick<Dossier, "differences" | "differencesLeftOut" | "isComparisonComplete">;

/** What one set of policies in place of another does to any connection of the namespace's pods, recorded or not. */
export function differencesOf(
  before: readonly EgressPolicy[],
  after: readonly EgressPolicy[],
  { where, facts, recorded }: NamespaceEvidence,
): Differences {
  const namespaceLabels = new Map(facts.namespaces.map(({ name, labels }) => [name, labels]));
  const compared = compareSets(before, after, { clusterNetworks: recorded.clusterNetworks, namespaceLabels });
  // Policies of the whole cluster speak for namespaces without own policies in a place of their own.
  const own = compared.filter(({ namespace }) => namespace === where.namespace);
  const told = own.length > 0 ? own : compared.filter(({ namespace }) => namespace === "");
  const changes = told.flatMap(({ scopes }) => scopes.flatMap((scope) => scope.changes));
  return {
    differences: changes.slice(0, mostDossierRows).map(differenceView),
    differencesLeftOut: Math.max(0, changes.length - mostDossierRows),
    isComparisonComplete: told.every(({ notCompared }) => notCompared.length === 0),
  };
}

function differenceView({ difference, before, after }: ScopeChange): DifferenceView {
  const { change, l4, example } = difference;
  const host = "name" in example ? example.name : hostText(example.address);
  const [protocol, port] = formatL4Point(example.l4).split("/");
  return {
    change,
    destination: shortened(difference.to === "addresses" ? formatIpSet(difference.addresses) : difference.destination),
    ports: formatL4Set(l4),
    example: port === undefined ? `${host} ${protocol!}` : `${host}:${port}/${protocol!}`,
    before: sideText(before),
    after: sideText(after),
  };
}

function hostText(address: Parameters<typeof formatIp>[0]): string {
  return address.family === 6 ? `[${formatIp(address)}]` : formatIp(address);
}

function sideText({ policy, rule, text }: DecidedBy): string {
  if (policy === undefined) return text;
  return rule === "otherwise"
    ? `${text} in ${formatPolicyName(policy)}`
    : `rule ${rule} of ${formatPolicyName(policy)}: ${text}`;
}

/** Every recorded connection under both sets, those whose verdict changes or is not known first. */
export function replayOf(before: JudgedSet, after: JudgedSet, { edges }: NamespaceEvidence): Dossier["replay"] {
  const counts = { unchangedAllowed: 0, unchangedDenied: 0, newlyDenied: 0, newlyAllowed: 0, unknown: 0 };
  const byPlace: number[][] = [[], [], [], [], []];
  for (const i of edges.keys()) {
    const [a, b] = [before.verdicts[i]!.kind, after.verdicts[i]!.kind];
    const outcome =
      a === "unknown" || b === "unknown"
        ? "unknown"
        : a === b
          ? a === "allow"
            ? "unchangedAllowed"
            : "unchangedDenied"
          : b === "deny"
            ? "newlyDenied"
            : "newlyAllowed";
    counts[outcome] += 1;
    byPlace[places.indexOf(outcome)]!.push(i);
  }
  const shown = byPlace.flat().slice(0, mostDossierRows);
  const rows = shown.map((i): ReplayView => {
    const [a, b] = [before.verdicts[i]!, after.verdicts[i]!];
    return {
      edge: edgeView(edges[i]!),
      before: a.kind,
      after: b.kind,
      beforeBy: verdictText(a),
      afterBy: verdictText(b),
    };
  });
  return { ...counts, rows, rowsLeftOut: edges.length - shown.length };
}

const places = ["newlyDenied", "unknown", "newlyAllowed", "unchangedDenied", "unchangedAllowed"] as const;

function verdictText({ decidedBy, dependsOnLabels }: JudgedSet["verdicts"][number]): string {
  const { policy, rule, text } = decidedBy;
  const doubt = dependsOnLabels ? ", if its selector matches: labels are not known" : "";
  if (policy === undefined) return `${text}${doubt}`;
  const where = formatPolicyName(policy);
  return rule === "otherwise" ? `${text} in ${where}${doubt}` : `rule ${rule} of ${where}: ${text}${doubt}`;
}
