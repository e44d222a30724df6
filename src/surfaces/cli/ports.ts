import type { AuditPort } from "../../app/audit/audit-port.ts";
import type { Failure } from "../../app/failure.ts";
import type { WriteFiles } from "../../app/file-sink.ts";
import type { ReadCluster, ReadFlows } from "../../app/flow-source.ts";
import type { HashFlows, OpenHistory, ReadHistory } from "../../app/history/history-place.ts";
import type { ReadKnowledge } from "../../app/knowledge-source.ts";
import type { LawPort } from "../../app/law/law-port.ts";
import type { ObserverPort } from "../../app/live/observer-port.ts";
import type { PolicyFiles } from "../../app/policy-files.ts";
import type { ReadPolicies } from "../../app/policy-source.ts";
import type { ReadRevision } from "../../app/revision-files.ts";
import type { CollectorAddress, OpenState, Serve } from "../../app/serve.ts";
import type { SourcesReport } from "../../app/sources-report.ts";
import type { ManifestPort } from "../../app/suggest-policies.ts";
import type { Result } from "../../core/result.ts";

/** What commands need from the world beyond streams. Wired in `main`; nothing behind a port is loaded before its use. */
export interface CliPorts {
  readonly readPolicies: ReadPolicies;
  readonly readFlows: ReadFlows;
  readonly readCluster: ReadCluster;
  readonly readKnowledge: ReadKnowledge;
  readonly writeFiles: WriteFiles;
  readonly hashFlows: HashFlows;
  readonly readHistory: ReadHistory;
  readonly openHistory: OpenHistory;
  readonly manifests: () => Promise<ManifestPort>;
  /** People's own manifests, to edit. */
  readonly policyFiles: () => Promise<PolicyFiles>;
  /** Lines of a text file that was read before, to quote from; undefined when it cannot be read any more. */
  readonly readLines: (path: string) => Promise<readonly string[] | undefined>;
  readonly serve: Serve;
  /** Opens the state that a collector has made. */
  readonly openState: OpenState;
  /** What arrives at a collector, in a window of minutes. */
  readonly readSources: (address: CollectorAddress, windowMinutes: number) => Promise<Result<SourcesReport, Failure>>;
  readonly laws: () => Promise<LawPort>;
  readonly readRevision: ReadRevision;
  readonly observer: () => Promise<ObserverPort>;
  readonly audit: () => Promise<AuditPort>;
  /** The bundled sample of a small shop, with `flows`, `cluster` and `policies` inside. */
  readonly sampleFolder: string;
}
