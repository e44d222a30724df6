import type { Cidr } from "../core/net/ip-set.ts";
import { builtInGuardrails, type Guardrail } from "../pipeline/baseline/guardrails.ts";
import type { Knowledge } from "../pipeline/baseline/knowledge/knowledge.ts";

/** What no policy may open: built in, said by the organisation, listed by threat feeds; whichever comes first speaks. */
export function guardrailsOf(never: readonly Cidr[], { feeds }: Pick<Knowledge, "feeds">): readonly Guardrail[] {
  const listed = feeds.flatMap(({ title, entries }): readonly Guardrail[] => {
    const cidrs = entries.flatMap(({ to }) => (to.kind === "block" ? to.cidr : []));
    return cidrs.length === 0 ? [] : [{ reason: `${title} lists it`, cidrs, isWritten: false }];
  });
  return [...ownGuardrails(never), ...builtInGuardrails, ...listed];
}

/** What the organisation itself forbids; none for no blocks. */
export function ownGuardrails(cidrs: readonly Cidr[]): readonly Guardrail[] {
  return cidrs.length === 0 ? [] : [{ reason: "the organisation never allows it", cidrs, isWritten: true }];
}
