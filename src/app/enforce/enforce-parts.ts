import type { InRepository } from "../desk/proposal-desk-parts.ts";
import type { HistoryReader } from "../history/history-reader.ts";
import type { ClusterReader } from "../judge/cluster-reader.ts";
import type { Judge } from "../judge/judge.ts";
import type { LawJudge } from "../law/law-judge.ts";
import type { PolicyFiles } from "../policy-files.ts";
import type { ProposalPlace } from "../proposals/proposal-place.ts";
import type { AutomationSettings } from "../wire/settings.ts";

export interface EnforceParts {
  readonly place: ProposalPlace;
  readonly judge: Judge;
  readonly law: LawJudge;
  readonly clusters: ClusterReader;
  readonly inRepository: InRepository;
  readonly history: Pick<HistoryReader, "edges">;
  readonly texts: Pick<PolicyFiles, "policiesIn">;
  readonly automation: () => Promise<AutomationSettings>;
  /** Least time in force before traffic can confirm a change; ten minutes where it is absent. */
  readonly verifyAfterMs?: number;
}
