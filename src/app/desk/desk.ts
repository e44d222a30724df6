import type { z } from "zod";
import type { Principal } from "../access/principal.ts";
import type { AuditQuery, AuditRow, CheckpointView, InclusionProofView } from "../wire/audit.ts";
import type { NamespaceRef, Page } from "../wire/list.ts";
import type {
  FlowMap,
  flowMapQuery,
  NamespaceDetail,
  NamespaceQuery,
  NamespaceSummary,
  PhaseChange,
  PhaseView,
} from "../wire/namespaces.ts";
import type { Overview } from "../wire/overview.ts";
import type {
  PreviewAnswer,
  ProposalAction,
  ProposalDetail,
  ProposalEdit,
  ProposalQuery,
  ProposalRequest,
  ProposalSummary,
} from "../wire/proposals.ts";
import type { RuleFinding, RuleQuery } from "../wire/rules.ts";
import type { AutomationSettings, lawCheck, LawDocument, SettingsView } from "../wire/settings.ts";
import type { SourceQuery, SourceRow } from "../wire/sources.ts";
import type { Timeline, TimelineQuery, TrafficQuery, TrafficRow } from "../wire/traffic.ts";
import type { DeskResult } from "./desk-failure.ts";

/** Everything a signed-in person can ask of the server. */
export interface Desk {
  readonly overview: OverviewDesk;
  readonly proposals: ProposalDesk;
  readonly namespaces: NamespaceDesk;
  readonly traffic: TrafficDesk;
  readonly rules: RuleDesk;
  readonly audit: AuditDesk;
  readonly sources: SourceDesk;
  readonly settings: SettingsDesk;
}

export interface OverviewDesk {
  overview(who: Principal): DeskResult<Overview>;
}

export interface ProposalDesk {
  list(who: Principal, query: ProposalQuery): DeskResult<Page<ProposalSummary>>;
  /** @param id `p-…`, or the number for people */
  get(who: Principal, id: string): DeskResult<ProposalDetail>;
  /** Long where it learns: told as progress under `task`. */
  create(who: Principal, request: ProposalRequest, signal: AbortSignal): DeskResult<ProposalDetail>;
  /** Judges a text against what was recorded, and keeps nothing. */
  preview(who: Principal, id: string, manifest: string, signal: AbortSignal): DeskResult<PreviewAnswer>;
  /** @param version as read, for `If-Match` */
  edit(
    who: Principal,
    id: string,
    edit: ProposalEdit,
    version: number,
    signal: AbortSignal,
  ): DeskResult<ProposalDetail>;
  /** Every transition that a person makes. */
  act(who: Principal, id: string, action: ProposalAction, version: number): DeskResult<ProposalDetail>;
}

export interface NamespaceDesk {
  list(who: Principal, query: NamespaceQuery): DeskResult<Page<NamespaceSummary>>;
  get(who: Principal, where: NamespaceRef): DeskResult<NamespaceDetail>;
  flowMap(who: Principal, where: NamespaceRef, query: z.infer<typeof flowMapQuery>): DeskResult<FlowMap>;
  changePhase(who: Principal, where: NamespaceRef, change: PhaseChange): DeskResult<PhaseView>;
}

/** With a signal, what nobody waits for any more is given up. */
export interface TrafficDesk {
  list(who: Principal, query: TrafficQuery, signal?: AbortSignal): DeskResult<Page<TrafficRow>>;
  timeline(who: Principal, query: TimelineQuery, signal?: AbortSignal): DeskResult<Timeline>;
}

export interface RuleDesk {
  list(who: Principal, query: RuleQuery): DeskResult<Page<RuleFinding>>;
}

export interface AuditDesk {
  list(who: Principal, query: AuditQuery): DeskResult<Page<AuditRow>>;
  prove(who: Principal, sequence: number): DeskResult<InclusionProofView>;
  checkpoint(who: Principal): DeskResult<CheckpointView>;
  /** The whole log in the form that `postern audit verify` reads, a piece at a time. */
  export(who: Principal): DeskResult<AsyncIterable<string>>;
}

export interface SourceDesk {
  list(who: Principal, query: SourceQuery): DeskResult<Page<SourceRow>>;
}

export interface SettingsDesk {
  get(who: Principal): DeskResult<SettingsView>;
  changeAutomation(who: Principal, settings: AutomationSettings, version: number): DeskResult<SettingsView>;
  /** Says what a law would breach among open proposals, and keeps nothing. */
  checkLaw(who: Principal, text: string): DeskResult<z.infer<typeof lawCheck>>;
  /** @param version the one that was read; null for a new document */
  changeLaw(who: Principal, name: string, text: string, version: number | null): DeskResult<LawDocument>;
}
