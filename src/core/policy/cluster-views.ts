import { compileParts } from "./compile-parts.ts";
import { type CompiledRules, compile, type SymbolicDestination } from "./compile.ts";

/**
 * Where a rule is about the outside alone, one address may be decided in two ways, depending on whether it is a pod's or
 * node's; where those are is not known when policies are looked at by themselves. Each view is exact for its half.
 */
export function hasOutsideRules({ rules }: CompiledRules): boolean {
  return rules.some(({ outsideOnly }) => outsideOnly === true);
}

/** Destinations that are pods and nodes whatever their addresses. */
function isInsideCluster({ kind }: SymbolicDestination): boolean {
  return kind === "nodes" || kind === "pods" || kind === "api-server";
}

/** The list as it is for addresses of no pod and no node. */
export function outsideView(list: CompiledRules): CompiledRules {
  if (list.parts !== undefined) return partsView(list, list.parts, outsideView);
  return { ...list, symbolic: list.symbolic.filter(({ to }) => !isInsideCluster(to)) };
}

/** The list as it is for pods and nodes: rules about the outside match nothing, indices stay. */
export function insideView(list: CompiledRules): CompiledRules {
  if (list.parts !== undefined) return partsView(list, list.parts, insideView);
  if (!hasOutsideRules(list)) return list;
  const rules = list.rules.map((rule) => (rule.outsideOnly === true ? { ...rule, l4: [] } : rule));
  return compile({ rules, otherwise: list.otherwise });
}

function partsView(
  { otherwise }: CompiledRules,
  parts: NonNullable<CompiledRules["parts"]>,
  view: (list: CompiledRules) => CompiledRules,
): CompiledRules {
  return compileParts(
    parts.map((part) => ({ ...part, list: view(part.list) })),
    otherwise,
  );
}
