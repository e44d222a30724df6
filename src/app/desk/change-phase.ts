import { fail, ok, type Result } from "../../core/result.ts";
import { type Principal, personOf } from "../access/principal.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { PhaseChange, PhaseView } from "../wire/namespaces.ts";
import type { DeskFailure } from "./desk-failure.ts";
import type { NamespaceDeskParts } from "./namespace-desk.ts";
import { phaseView } from "./phase-view.ts";

const dayMs = 86_400_000;
/** People look again at least this often. */
const longestReviewDays = 366;

/** Says how far Postern may go in a namespace. Only a person does, and it takes back that automation stopped itself. */
export async function changePhase(
  { decisions, access, events, automation, nowMs }: NamespaceDeskParts,
  who: Principal,
  { cluster, namespace }: NamespaceRef,
  change: PhaseChange,
): Promise<Result<PhaseView, DeskFailure>> {
  const where = { cluster, namespace };
  if (!(await access.may(who, "administer", where))) {
    const message = `you may not change how far Postern goes in \`${cluster}/${namespace}\`; ask an administrator of it`;
    return fail({ kind: "forbidden", code: "phase_forbidden", message });
  }
  const refusal = refusalOf(change, nowMs());
  if (refusal !== undefined) return fail(refusal);
  const { phase, threshold, reviewByMs } = change;
  const settings = await automation();
  const changed = await decisions.change(async (books) => {
    const before = await books.namespaces.get(where);
    if (before === undefined) return undefined;
    await books.namespaces.set(where, { phase, threshold, reviewByMs, stoppedBecause: undefined });
    const entry = {
      atMs: nowMs(),
      kind: "namespace.phase",
      subject: `namespace/${cluster}/${namespace}`,
      actor: personOf(who),
      payload: {
        cluster,
        namespace,
        from: before.phase,
        to: phase,
        ...(threshold === undefined ? {} : { threshold }),
        ...(reviewByMs === undefined ? {} : { reviewByMs }),
        ...(before.stoppedBecause === undefined ? {} : { stoppedBecause: before.stoppedBecause.slice(0, 1_000) }),
      },
    };
    await books.audit.append([entry]);
    return { record: before, open: await books.proposals.openOf(where) };
  });
  if (changed === undefined) {
    return fail({ kind: "conflict", code: "namespace_gone", message: "the namespace is gone; look at the list again" });
  }
  events.tell({ type: "namespace", ...where }, where);
  return ok(
    phaseView({ ...changed.record, phase, threshold, reviewByMs, stoppedBecause: undefined }, changed.open, settings),
  );
}

function refusalOf({ phase, reviewByMs }: PhaseChange, nowMs: number): DeskFailure | undefined {
  const invalid = (message: string): DeskFailure => ({ kind: "invalid", code: "phase_review_by", message });
  if (phase === "automate" && reviewByMs === undefined) {
    return invalid("automation needs a day at which people look again: give `reviewByMs`");
  }
  if (reviewByMs === undefined) return undefined;
  if (reviewByMs <= nowMs) return invalid("the day at which people look again is past; give one to come");
  if (reviewByMs > nowMs + longestReviewDays * dayMs) {
    return invalid(
      `the day at which people look again is more than ${longestReviewDays} days away; give an earlier one`,
    );
  }
  return undefined;
}
