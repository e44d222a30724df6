import { formatCidr } from "../core/net/ip-set.ts";
import { formatIp } from "../core/net/ip.ts";
import { hasPorts } from "../core/net/l4.ts";
import type { DraftPolicy } from "../core/policy/draft.ts";
import type { EgressPolicy } from "../core/policy/model.ts";
import { formatPolicyName } from "../core/policy/namespace-policies.ts";
import { printPolicy } from "../core/policy/print-policy.ts";
import { leavesOrderOpen, placeOf } from "../core/policy/tiers.ts";
import { forbiddenBy, type Guardrail, indexGuardrails } from "../pipeline/baseline/guardrails.ts";
import type { NamespaceBaseline } from "../pipeline/baseline/namespace-baseline.ts";
import { behaviourChanges } from "../pipeline/baseline/schedules/behaviour-change.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { Edge } from "../pipeline/flows/edge.ts";
import type { FlowWindow } from "../pipeline/flows/harvest.ts";
import type { Choice } from "../pipeline/suggest/choose/choice.ts";
import { blockOf } from "../pipeline/suggest/needs.ts";
import type { PolicyWorld } from "../pipeline/verify/policy-world.ts";
import { judge, type ReplayRow } from "../pipeline/verify/replay.ts";

/** A suggestion and what it will stand beside. */
export interface SuggestedBeside {
  readonly baseline: NamespaceBaseline;
  readonly draft: DraftPolicy;
  readonly policy: EgressPolicy;
  readonly replaces: EgressPolicy | undefined;
  /** Policies of the namespace that stay. */
  readonly others: readonly EgressPolicy[];
  /** Needed traffic that the kind cannot express. */
  readonly exempt: ReadonlySet<Edge>;
  readonly impact: readonly ReplayRow[];
  /** The suggestion by itself. */
  readonly alone: PolicyWorld;
}

/** What the proof of a policy by itself does not show, as sentences. */
export function suggestionCautions(suggested: SuggestedBeside): readonly string[] {
  const { baseline, replaces } = suggested;
  const cautions: string[] = [];
  if (baseline.sanctioned.length === 0) {
    cautions.push("no needed traffic was recorded: the policy denies everything else too");
  }
  if (replaces?.notApplied !== undefined) {
    const name = formatPolicyName(replaces);
    cautions.push(`${name} of today is not in force, the changes are told against its rules: ${replaces.notApplied}`);
  }
  return [
    ...cautions,
    ...besideOthers(suggested),
    ...samePriority(suggested),
    ...stoppedByOthers(suggested),
    ...passingAllTheSame(suggested),
    ...tooLarge(suggested),
  ];
}

/** Endpoints of the API server that a guardrail forbids: its deny comes first, so no rule can allow them. */
export function apiServerCautions({ apiServer }: ClusterFacts, guardrails: readonly Guardrail[]): readonly string[] {
  const index = indexGuardrails(guardrails);
  return apiServer.flatMap(({ address, port }) => {
    const guardrail = forbiddenBy(index, address);
    if (guardrail === undefined) return [];
    const host = address.family === 6 ? `[${formatIp(address)}]` : formatIp(address);
    return [`the API server at ${host}:${port} is cut off, because ${guardrail.reason}`];
  });
}

/** Services that a workload stopped using while it was observed: their rules may be left over from the day they are written. */
export function changeCautions(choices: readonly Choice[], window: FlowWindow | undefined): readonly string[] {
  if (window === undefined) return [];
  const changes = behaviourChanges(
    choices.map(({ use }) => use),
    window,
  );
  return changes
    .filter(({ kind }) => kind === "stopped")
    .map(({ workload, use, hour }) => {
      const last = new Date(hour * 3_600_000).toISOString().slice(0, 10);
      return `${workload} seems to have stopped using ${use.service.title} on ${last}: its rule may not be needed`;
    });
}

/** Kinds whose rules count together on Cilium. */
const ciliumKinds = ["CiliumClusterwideNetworkPolicy", "CiliumNetworkPolicy", "NetworkPolicy"] as const;

function besideOthers({ policy, others }: SuggestedBeside): readonly string[] {
  const namesOf = (kind: EgressPolicy["kind"], matters: (other: EgressPolicy) => boolean): string =>
    others
      .filter((other) => other.kind === kind && matters(other))
      .map(formatPolicyName)
      .join(", ");
  if (policy.kind === "NetworkPolicy") {
    const adding = namesOf("NetworkPolicy", ({ isolates }) => isolates);
    return adding === "" ? [] : [`NetworkPolicies add up: what ${adding} allows stays open until it is removed`];
  }
  if (policy.kind === "CiliumNetworkPolicy" || policy.kind === "CiliumClusterwideNetworkPolicy") {
    const adding = ciliumKinds.map((kind) => namesOf(kind, ({ isolates }) => isolates)).filter(Boolean);
    if (adding.length === 0) return [];
    return [
      `policies of Cilium and NetworkPolicies add up: what ${adding.join(", ")} allows stays open until it is removed`,
    ];
  }
  if (policy.kind !== "EgressNetworkPolicy") return [];
  const firewall = namesOf("EgressFirewall", () => true);
  const legacy = namesOf("EgressNetworkPolicy", () => true);
  return [
    ...(firewall === "" ? [] : [`the namespace has ${firewall}: OVN-Kubernetes ignores an EgressNetworkPolicy`]),
    ...(legacy === ""
      ? []
      : [
          `the namespace has ${legacy} too: OpenShift SDN drops all external traffic while there are two, remove it first`,
        ]),
  ];
}

/** Kinds that leave the order of two policies of one priority open. */
function samePriority({ policy, others }: SuggestedBeside): readonly string[] {
  if (!leavesOrderOpen(policy.kind)) return [];
  const { tier, order } = placeOf(policy);
  const same = others.filter(
    (other) => leavesOrderOpen(other.kind) && placeOf(other).tier === tier && placeOf(other).order === order,
  );
  if (same.length === 0) return [];
  const names = same.map(formatPolicyName).join(", ");
  return [`${names} has the priority ${order} too, and nothing says which is asked first: change one of them`];
}

/** Both halves must allow a connection (policy-semantics §0): a policy that stays can keep denying what is needed. */
function stoppedByOthers({ baseline, policy, exempt, impact }: SuggestedBeside): readonly string[] {
  const needed = new Set(baseline.sanctioned.filter((edge) => !exempt.has(edge)));
  const stopping = new Set<string>();
  const dependsOn = new Set<string>();
  let stopped = 0;
  let doubtful = 0;
  for (const { edge, after } of impact) {
    const { policy: by } = after.decidedBy;
    if (!needed.has(edge) || by === undefined || by === policy) continue;
    if (after.kind === "deny") {
      stopped += 1;
      stopping.add(formatPolicyName(by));
    } else if (after.kind === "unknown" && after.dependsOnLabels) {
      doubtful += 1;
      dependsOn.add(formatPolicyName(by));
    }
  }
  const many = (count: number): string => `${count} of ${needed.size} needed connections`;
  return [
    ...(stopped === 0
      ? []
      : [
          `${many(stopped)} ${stopped === 1 ? "is" : "are"} denied by a policy that stays, whatever this one allows: ${[...stopping].join(", ")}`,
        ]),
    ...(doubtful === 0
      ? []
      : [
          `${many(doubtful)} may be denied by a policy that stays, which depends on labels that are not known: ${[...dependsOn].join(", ")}`,
        ]),
  ];
}

/** Traffic that nobody seemed to need, and that a rule for others opens. */
function passingAllTheSame({ baseline, alone }: SuggestedBeside): readonly string[] {
  const passing = baseline.notLearned
    .map(({ edge }) => ({ edge, verdict: judge(edge, alone) }))
    .filter(({ verdict }) => verdict.kind === "allow" && verdict.decidedBy.rule !== "otherwise");
  const [first] = passing;
  if (first === undefined) return [];
  const many =
    passing.length === 1 ? "1 connection that is not learned passes" : `${passing.length} that are not learned pass`;
  const example = `${connectionText(first.edge)} by ${first.verdict.decidedBy.text}`;
  return [`${many} all the same, by a rule that others need: ${passing.length === 1 ? "" : "for one, "}${example}`];
}

/** Kubernetes' limit for all annotations of an object together. */
const annotationBytes = 256 * 1024;

function tooLarge({ draft }: SuggestedBeside): readonly string[] {
  if (JSON.stringify(printPolicy(draft).value).length < annotationBytes) return [];
  return [
    "the object is too large for plain `oc apply`, which keeps a copy in an annotation of at most 256 KiB: " +
      "use `oc apply --server-side`",
  ];
}

/** `Deployment/cart → 192.0.2.7 tcp/443`. */
export function connectionText(edge: Edge): string {
  const { workload, address, prefixLength, protocol, port } = edge;
  const to = prefixLength === undefined ? formatIp(address) : formatCidr(blockOf(edge));
  return `${workload.kind}/${workload.name} → ${to} ${hasPorts(protocol) ? `${protocol}/${port}` : protocol}`;
}
