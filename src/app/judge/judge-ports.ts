import type { Cidr } from "../../core/net/ip-set.ts";
import type { Knowledge } from "../../pipeline/baseline/knowledge/knowledge.ts";
import type { HistoryReader } from "../history/history-reader.ts";
import type { PolicyFiles } from "../policy-files.ts";
import type { ManifestPort } from "../suggestion.ts";
import type { ClusterReader } from "./cluster-reader.ts";

/** What the judge is given: what was recorded, what clusters say, and what is known beyond both. */
export interface JudgePorts {
  readonly history: HistoryReader;
  readonly clusters: ClusterReader;
  readonly manifests: ManifestPort;
  readonly texts: PolicyTexts;
  readonly knowledge: Knowledge;
  /** Blocks the organisation never allows. */
  readonly never: readonly Cidr[];
  /** Networks of a cluster that cannot tell them. */
  readonly networks: { readonly pods: readonly Cidr[]; readonly services: readonly Cidr[] };
  /** Days before now that are looked at. */
  readonly lookBackDays: number;
  readonly nowMs: () => number;
}

/** Manifests that stand in no file. */
export interface PolicyTexts extends Pick<PolicyFiles, "edit" | "documentAt" | "policiesIn"> {
  /** What keeps a text, or a part of it, from being read at all. */
  troublesIn(text: string): readonly TextTrouble[];
  /** Objects of a text that are no policies: whoever applies the text would apply them too. */
  othersIn(text: string): readonly OtherObject[];
}

export interface OtherObject {
  /** As written; empty where it is no object of Kubernetes at all. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Something that policies point to, and that decides nothing itself. */
  readonly isContext: boolean;
  readonly line: number | undefined;
  readonly column: number | undefined;
}

export interface TextTrouble {
  readonly code: string;
  readonly message: string;
  /** From 1; undefined where it is about the text as a whole. */
  readonly line: number | undefined;
  readonly column: number | undefined;
}
