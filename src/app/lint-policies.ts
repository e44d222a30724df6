import { formatIp } from "../core/net/ip.ts";
import { analysePolicy } from "../core/policy/analyse-policy.ts";
import type { HalfVerdict } from "../core/policy/effective.ts";
import { findingCatalogue } from "../core/policy/findings/catalogue.ts";
import { inspectSet } from "../core/policy/inspect-set.ts";
import type { EgressPolicy, Finding, Severity } from "../core/policy/model.ts";
import { formatPolicyName } from "../core/policy/namespace-policies.ts";
import { selectsNamespace } from "../core/policy/subject.ts";
import { quoted } from "../core/quoted.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { Edge } from "../pipeline/flows/edge.ts";
import type { Harvest } from "../pipeline/flows/harvest.ts";
import { firstOfWritten, type JudgedEdge } from "../pipeline/verify/optimise/rule-use.ts";
import { standBy } from "../pipeline/verify/optimise/stand-by.ts";
import { judge } from "../pipeline/verify/replay.ts";
import type { PolicyReading } from "./policy-source.ts";
import { inForce, recordedWorld } from "./recorded-world.ts";

export interface LintRequest {
  readonly reading: PolicyReading;
  readonly facts: ClusterFacts;
  /** Recorded flows, to find rules that nobody uses. */
  readonly harvest: Harvest | undefined;
}

export interface LintReport {
  /** In order of file, line, column and code. */
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Record<Severity, number>>;
  readonly policies: number;
  /** Files that hold a policy. */
  readonly files: readonly string[];
  readonly fileCount: number;
}

/** Everything known to be wrong or doubtful about a set of policies: as written, in its order, and in its use. */
export function lintPolicies({ reading, facts, harvest }: LintRequest): LintReport {
  const { policies, files, fileCount } = reading;
  const ofSet = inspectSet(policies, facts);
  const ofOrder = policies.flatMap(analysePolicy);
  const judged = harvest === undefined ? [] : judgeFlows(policies, facts, harvest);
  const unused = unusedRules(policies, judged, facts);
  // That nobody uses a rule that can never decide needs no second finding.
  const dead = new Set(ofOrder.filter(({ code }) => deadRuleCodes.has(code)).map(({ at }) => placeKey(at)));
  const news = unused.filter(({ at }) => !dead.has(placeKey(at)));
  const all = [...reading.findings, ...ofSet, ...ofOrder, ...news, ...deniedDns(judged)];
  const findings = all.toSorted(compareFindings);
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const counts = { error: count("error"), warning: count("warning"), note: count("note") };
  return { findings, counts, policies: policies.length, files, fileCount };
}

const deadRuleCodes = new Set(["rule_shadowed", "rule_contradicted", "np_rule_redundant"]);

function placeKey({ file, line, path }: Finding["at"]): string {
  return JSON.stringify([file, line, path]);
}

export function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.at.file, b.at.file) ||
    (a.at.line ?? 0) - (b.at.line ?? 0) ||
    (a.at.column ?? 0) - (b.at.column ?? 0) ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function judgeFlows(policies: readonly EgressPolicy[], facts: ClusterFacts, harvest: Harvest): readonly JudgedEdge[] {
  const world = recordedWorld(harvest, facts).worldOf(policies);
  return harvest.edges.map((edge) => ({ edge, verdict: judge(edge, world) }));
}

/**
 * DNS servers that answered pods and would not be reached. Cluster DNS is in the pod network and never among them; what
 * resolves through another server is lost with it.
 */
function deniedDns(judged: readonly JudgedEdge[]): readonly Finding[] {
  const isDns = ({ protocol, port, verdict }: Edge): boolean =>
    port === 53 && (protocol === "udp" || protocol === "tcp") && (verdict === "seen" || verdict === "allowed");
  const denied = new Map<
    string,
    { readonly by: HalfVerdict; readonly at: Finding["at"]; readonly servers: string[] }
  >();
  for (const { edge, verdict } of judged) {
    const { policy, rule } = verdict.decidedBy;
    if (verdict.kind !== "deny" || policy === undefined || !isDns(edge)) continue;
    const at = (rule === "otherwise" ? undefined : policy.ruleLocations[rule]) ?? policy.at;
    const key = `${policy.namespace} ${policy.name} ${placeKey(at)}`;
    const known = denied.get(key) ?? { by: verdict.decidedBy, at, servers: [] };
    denied.set(key, known);
    const server = formatIp(edge.address);
    if (!known.servers.includes(server)) known.servers.push(server);
  }
  const { severity, effect, fix } = findingCatalogue.external_dns_cut_off;
  return [...denied.values()].map(({ by, at, servers }): Finding => {
    const listed = servers.length > 3 ? [...servers.slice(0, 3), `${servers.length - 3} more`] : servers;
    const what =
      by.rule === "otherwise" ? `${formatPolicyName(by.policy!)} has no rule for` : `${quoted(by.text)} denies`;
    const message = `${what} the DNS server${servers.length === 1 ? "" : "s"} ${listed.join(", ")}, which recorded pods ask`;
    return { code: "external_dns_cut_off", severity, at, message, effect, fix };
  });
}

/**
 * Allow rules that decided no recorded flow of their namespace. Namespaces without any flow are left out: nothing was
 * watched there. A rule that keeps a verdict unknown may be the one in use, and some stand by ({@link standBy}).
 */
function unusedRules(
  policies: readonly EgressPolicy[],
  judged: readonly JudgedEdge[],
  facts: ClusterFacts,
): readonly Finding[] {
  const used = new Map<EgressPolicy, Set<number>>();
  const watched = new Set<string>();
  for (const { edge, verdict } of judged) {
    watched.add(edge.namespace);
    for (const { policy, rule } of verdict.halves.flatMap((half) => [half, ...(half.passed ?? [])])) {
      if (policy === undefined || rule === "otherwise") continue;
      const own = used.get(policy);
      if (own === undefined) used.set(policy, new Set([rule]));
      else own.add(rule);
    }
  }
  const { severity, effect, fix } = findingCatalogue.rule_unused;
  const isWatched = (policy: EgressPolicy): boolean =>
    watched.has(policy.namespace) ||
    (policy.namespace === "" && [...watched].some((name) => selectsNamespace(policy, name, undefined) === true));
  return inForce(policies)
    .filter((policy) => policy.notApplied === undefined && isWatched(policy))
    .flatMap((policy) => {
      const standsBy = standBy(policy, judged, facts);
      return firstOfWritten(policy)
        .filter(
          (rule) =>
            rule.action !== "deny" &&
            rule.to.kind !== "pods" &&
            used.get(policy)?.has(rule.written) !== true &&
            !standsBy(rule),
        )
        .map(({ text, written }): Finding => {
          const at = policy.ruleLocations[written] ?? policy.at;
          const whose = policy.namespace === "" ? "" : ` of ${quoted(policy.namespace)}`;
          const message = `no recorded flow${whose} needed ${quoted(text)}`;
          return { code: "rule_unused", severity, at, message, effect, fix };
        });
    });
}
