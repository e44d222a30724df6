import { clusterWideKinds } from "../../../../core/policy/kinds/header.ts";
import type { PolicyKind } from "../../../../core/policy/model.ts";
import type { PrintedValue } from "../../../../core/policy/printed-manifest.ts";
import type { Law, LawClause, LawDemand, LawScope } from "../law.ts";
import { literal, type Said, said, type Translation } from "./expression.ts";
import { firewallExpressions } from "./firewall-expressions.ts";
import { networkPolicyExpressions } from "./network-policy-expressions.ts";
import { resourceOf, resources } from "./resources.ts";

type Printed = Readonly<Record<string, PrintedValue>>;

export interface AdmissionExport {
  /** ValidatingAdmissionPolicies and their bindings, in the order to apply them. */
  readonly objects: readonly Printed[];
  /** What a cluster does not hold, or holds differently. */
  readonly remarks: readonly AdmissionRemark[];
}

export interface AdmissionRemark {
  readonly clause: string;
  /** Undefined: about the clause as a whole. */
  readonly kind: PolicyKind | undefined;
  /** False: nothing of it is exported. */
  readonly isExported: boolean;
  readonly text: string;
}

/** Kinds whose rules are looked into. */
const looked = ["EgressFirewall", "NetworkPolicy"] as const satisfies readonly PolicyKind[];

const apiVersion = "admissionregistration.k8s.io/v1";

/**
 * What a cluster can hold of a law: one policy and one binding for each clause and kind that an expression can judge.
 * @param cluster clauses for other clusters are left out; undefined: only those for all clusters are written
 */
export function exportAdmission(
  law: Law,
  cluster: string | undefined,
  isForCluster: (scope: LawScope) => boolean,
): AdmissionExport {
  const objects: Printed[] = [];
  const remarks: AdmissionRemark[] = [];
  for (const clause of law.clauses) {
    const remark = (kind: PolicyKind | undefined, isExported: boolean, text: string): void =>
      void remarks.push({ clause: clause.name, kind, isExported, text });
    if (!isForCluster(law.scope) || !isForCluster(clause.scope)) {
      remark(
        undefined,
        false,
        cluster === undefined
          ? "it is for some clusters only: name one with `--cluster-name`"
          : `it is not for the cluster \`${cluster}\``,
      );
      continue;
    }
    const kinds = kindsOf(clause, law);
    for (const kind of kinds) {
      const own = translate(clause.demand, kind, kinds);
      if ("because" in own) {
        remark(kind, false, own.because);
        continue;
      }
      for (const note of [...own.notes, ...notesOf(kind, [law.scope, clause.scope])]) remark(kind, true, note);
      objects.push(...policyAndBinding(law, clause, kind, own));
    }
  }
  return { objects, remarks };
}

function kindsOf({ scope, demand }: LawClause, law: Law): readonly PolicyKind[] {
  const all: readonly PolicyKind[] = demand.kind === "kinds" ? (Object.keys(resources) as PolicyKind[]) : looked;
  const isIn = (own: LawScope, kind: PolicyKind): boolean => own.kinds.length === 0 || own.kinds.includes(kind);
  const kept = all.filter((kind) => isIn(law.scope, kind) && isIn(scope, kind));
  return demand.kind === "kinds" ? kept.filter((kind) => !demand.only.includes(kind)) : kept;
}

function translate(demand: LawDemand, kind: PolicyKind, kinds: readonly PolicyKind[]): Translation {
  if (demand.kind === "kinds") return kinds.includes(kind) ? said(["false"]) : { because: "the kind is allowed" };
  if (demand.kind === "cel") return ownExpression(demand.expression);
  if (demand.kind === "rego") return { because: "Rego is no language of the cluster: use OPA Gatekeeper for it" };
  const own = kind === "EgressFirewall" ? firewallExpressions(demand) : networkPolicyExpressions(demand);
  if (!("because" in own) && own.expressions.length === 0)
    return { because: "it asks for nothing that an object could break" };
  return own;
}

function ownExpression(expression: string): Translation {
  // Words in texts count as well: better one that is not exported than one that the cluster refuses to compile.
  const ours = /\b(proposal|dossier)\b/.exec(expression);
  if (ours !== null) return { because: `the cluster has no \`${ours[1]!}\`` };
  return said([expression]);
}

function policyAndBinding(law: Law, clause: LawClause, kind: PolicyKind, own: Said): readonly Printed[] {
  // Dots, which no name of a law or clause has: with dashes two laws could share a name, and one would replace the other.
  const name = `postern.${law.name}.${clause.name}.${kind.toLowerCase()}`;
  const labels = {
    "app.kubernetes.io/managed-by": "postern",
    "postern.dev/law": law.name,
    "postern.dev/clause": clause.name,
  };
  const { group, version, plural } = resourceOf(kind);
  // An object of the whole cluster has no namespace to ask for, and is in the scope of any.
  const conditions = clusterWideKinds.includes(kind) ? [] : scopeConditions([law.scope, clause.scope]);
  // The API refuses messages with line breaks.
  const written = clause.message.replaceAll(/\s+/g, " ").trim();
  const words = written === "" ? `the law ${law.name} forbids it` : written;
  const policy: Printed = {
    apiVersion,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name, labels },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          { apiGroups: [group], apiVersions: [version], operations: ["CREATE", "UPDATE"], resources: [plural] },
        ],
      },
      ...(conditions.length === 0 ? {} : { matchConditions: conditions }),
      validations: own.expressions.map((expression) => ({
        expression,
        message: `${clause.name}: ${words}`,
        reason: "Forbidden",
      })),
    },
  };
  const binding: Printed = {
    apiVersion,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name, labels },
    spec: { policyName: name, validationActions: clause.effect === "forbids" ? ["Deny", "Audit"] : ["Warn", "Audit"] },
  };
  return [policy, binding];
}

function notesOf(kind: PolicyKind, scopes: readonly LawScope[]): readonly string[] {
  const isOfNamespaces = scopes.some(({ namespaces, except }) => namespaces.length + except.length > 0);
  return [
    ...(clusterWideKinds.includes(kind) && isOfNamespaces
      ? ["a policy of the whole cluster is asked about whatever namespaces it names"]
      : []),
    ...(resourceOf(kind).group === "projectcalico.org"
      ? ["where Calico serves its kinds from a server of its own, the cluster's admission does not see them"]
      : []),
  ];
}

/** Patterns of namespaces, as conditions: one name is compared, others are matched. */
function scopeConditions(scopes: readonly LawScope[]): readonly Printed[] {
  const isOne = (pattern: string): string =>
    pattern.includes("*")
      ? `request.namespace.matches(${literal(`^${pattern.split("*").map(quotedForRe2).join(".*")}$`)})`
      : `request.namespace == ${literal(pattern)}`;
  return scopes.flatMap(({ namespaces, except }, i) => [
    ...(namespaces.length === 0 || namespaces.includes("*")
      ? []
      : [{ name: `namespaces-${i}`, expression: namespaces.map(isOne).join(" || ") }]),
    ...(except.length === 0 ? [] : [{ name: `except-${i}`, expression: `!(${except.map(isOne).join(" || ")})` }]),
  ]);
}

/** Names hold letters, digits, `-`, `_` and `.` only, of which one means something to RE2. */
function quotedForRe2(text: string): string {
  return text.replaceAll(".", "\\.");
}
