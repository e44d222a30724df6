import type { ServerEvents } from "../desk/server-events.ts";
import type { HistoryReader } from "../history/history-reader.ts";
import type { TrafficReader } from "../history/traffic-reader.ts";
import type { ClusterReader } from "../judge/cluster-reader.ts";
import type { Judge } from "../judge/judge.ts";
import type { Decisions } from "../state/books.ts";
import type { AutomationSettings } from "../wire/settings.ts";

export interface NamespaceJobParts {
  readonly decisions: Decisions;
  readonly history: Pick<HistoryReader, "coverage">;
  readonly traffic: Pick<TrafficReader, "sums">;
  readonly clusters: ClusterReader;
  /** Clusters that can be asked, also before any of their traffic was seen. */
  readonly clusterNames: readonly string[];
  readonly judge: Judge;
  readonly events: ServerEvents;
  readonly automation: () => Promise<Pick<AutomationSettings, "defaultPhase">>;
  readonly nowMs: () => number;
}
