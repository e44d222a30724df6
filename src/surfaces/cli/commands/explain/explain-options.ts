import type { Labels } from "../../../../pipeline/flows/cluster-facts.ts";
import type { FlowOptions } from "../../gather-flows.ts";
import type { HistoryChoice } from "../../history-options.ts";
import type { ExplainTarget } from "./target.ts";

export interface ExplainOptions extends FlowOptions {
  readonly namespace: string;
  readonly workload: string | undefined;
  readonly labels: Labels | undefined;
  readonly to: ExplainTarget;
  /** As it was typed. */
  readonly toText: string;
  readonly policies: readonly string[];
  readonly flows: readonly string[];
  readonly history: HistoryChoice | undefined;
  readonly cluster: readonly string[];
  readonly dnsNameResolver: boolean;
  readonly output: "text" | "json";
}
