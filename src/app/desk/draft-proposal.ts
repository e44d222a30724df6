import { z } from "zod";
import { fail, ok, type Result } from "../../core/result.ts";
import { type Principal, personOf, postern } from "../access/principal.ts";
import type { Judged } from "../judge/judge.ts";
import type { NewProposal } from "../proposals/create-proposal.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { ProposalRequest } from "../wire/proposals.ts";
import type { DeskFailure } from "./desk-failure.ts";
import { draftKindNames, draftKindOf } from "./draft-kinds.ts";
import { deskFailureOf, textRefused } from "./judge-failure.ts";
import { oneLine } from "./one-line.ts";
import type { ProposalDeskParts } from "./proposal-desk-parts.ts";

/** Before the law was asked. */
export type UnjudgedProposal = Omit<NewProposal, "lawBreaches" | "approvalsNeeded">;
type Parts = Pick<ProposalDeskParts, "judge" | "clusters" | "inRepository">;
type Request<From extends ProposalRequest["from"]> = Extract<ProposalRequest, { from: From }>;

/** Learns a namespace now. The text is the server's own, whoever asked for it. */
export async function draftFromTraffic(
  { judge, inRepository }: Parts,
  { cluster, namespace, kind, posture }: Omit<Request<"traffic">, "from">,
  signal: AbortSignal,
): Promise<Result<UnjudgedProposal, DeskFailure>> {
  const where = { cluster, namespace };
  const draftKind = draftKindOf(kind);
  if (draftKind === undefined) {
    const message = `\`${kind}\` is no kind of egress policy that can be written; use one of ${draftKindNames.join(", ")}`;
    return fail({ kind: "invalid", code: "proposal_kind", message });
  }
  // Other kinds have names of their own, which only the draft tells.
  const base = draftKind === "EgressFirewall" ? await inRepository(where, draftKind, "default", signal) : ok(undefined);
  if (!base.ok) return fail(deskFailureOf(base.error));
  const drafted = await judge.suggest({ ...where, kind: draftKind, posture, baseManifest: base.value }, signal);
  if (!drafted.ok) return fail(deskFailureOf(drafted.error));
  const { manifest, baseManifest, policyName, title, dossier } = drafted.value;
  if (baseManifest !== undefined && manifest.trim() === baseManifest.trim()) {
    const message = `what is in force in \`${cluster}/${namespace}\` already is what its traffic suggests; there is nothing to change`;
    return fail({ kind: "conflict", code: "proposal_no_change", message });
  }
  const author = personOf(postern);
  return ok({
    ...where,
    kind: draftKind,
    policyName,
    origin: "suggested",
    title,
    baseManifest,
    manifest,
    author,
    dossier,
  });
}

/** Takes a text as somebody wrote it. */
export async function draftFromText(
  parts: Parts,
  { cluster, namespace, manifest, title }: Omit<Request<"text">, "from">,
  who: Principal,
  signal: AbortSignal,
): Promise<Result<UnjudgedProposal, DeskFailure>> {
  const judged = await judgeWithBase(parts, { cluster, namespace }, manifest, signal);
  if (!judged.ok) return judged;
  const { policy, base, dossier } = judged.value;
  return ok({
    cluster,
    namespace,
    kind: policy.kind,
    policyName: policy.name,
    origin: "edited",
    title:
      oneLine(title ?? "") || `${base === undefined ? "Add" : "Change"} ${policy.kind} ${policy.name} of ${namespace}`,
    baseManifest: base,
    manifest,
    author: personOf(who),
    dossier,
  });
}

const findingBody = z.object({ fix: z.string().nullable(), message: z.string() });

/** Takes the fix of a finding about what is in force. */
export async function draftFromFinding(
  parts: Parts,
  where: NamespaceRef,
  finding: { readonly body: string; readonly fixedManifest: string },
  signal: AbortSignal,
): Promise<Result<UnjudgedProposal, DeskFailure>> {
  const judged = await judgeWithBase(parts, where, finding.fixedManifest, signal);
  if (!judged.ok) return judged;
  const { policy, base, dossier } = judged.value;
  const { fix, message } = findingBody.parse(JSON.parse(finding.body));
  return ok({
    cluster: where.cluster,
    namespace: where.namespace,
    kind: policy.kind,
    policyName: policy.name,
    origin: "fix",
    title: (fix ?? message).slice(0, 200),
    baseManifest: base,
    manifest: finding.fixedManifest,
    author: personOf(postern),
    dossier,
    justification: message,
  });
}

interface JudgedWithBase {
  readonly policy: NonNullable<Judged["policy"]>;
  readonly base: string | undefined;
  readonly dossier: NonNullable<Judged["dossier"]>;
}

/** Judges a text against what it replaces: the object as its repository holds it, or as the cluster does. */
async function judgeWithBase(
  { judge, clusters, inRepository }: Parts,
  where: NamespaceRef,
  manifest: string,
  signal: AbortSignal,
): Promise<Result<JudgedWithBase, DeskFailure>> {
  const { cluster, namespace } = where;
  const ask = { cluster, namespace, manifest };
  const first = await judge.judge({ ...ask, baseManifest: undefined }, signal);
  if (!first.ok) return fail(deskFailureOf(first.error));
  const { policy, dossier } = first.value;
  if (policy === undefined || dossier === undefined) return fail(textRefused(first.value));
  const inGit = await inRepository(where, policy.kind, policy.name, signal);
  if (!inGit.ok) return fail(deskFailureOf(inGit.error));
  if (inGit.value === undefined) {
    const live = (await clusters.policies(where)) ?? [];
    const own = live.find(({ kind, name }) => name === policy.name && kind === policy.kind);
    return unlessSame(manifest, own?.manifest, { policy, base: own?.manifest, dossier });
  }
  const again = await judge.judge({ ...ask, baseManifest: inGit.value }, signal);
  if (!again.ok) return fail(deskFailureOf(again.error));
  if (again.value.dossier === undefined) return fail(textRefused(again.value));
  return unlessSame(manifest, inGit.value, { policy, base: inGit.value, dossier: again.value.dossier });
}

function unlessSame(
  manifest: string,
  base: string | undefined,
  judged: JudgedWithBase,
): Result<JudgedWithBase, DeskFailure> {
  if (manifest.trim() !== base?.trim()) return ok(judged);
  const message = "the text is the one that is in force already; there is nothing to change";
  return fail({ kind: "conflict", code: "proposal_no_change", message });
}
