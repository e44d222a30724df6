import type { Failure } from "../app/failure.ts";
import type { HistoryQuestion } from "../app/history/history-codec.ts";
import type { LivePolicy } from "../app/judge/cluster-reader.ts";
import type { JudgePorts } from "../app/judge/judge-ports.ts";
import type { Judge } from "../app/judge/judge.ts";
import type { NamespaceRef } from "../app/wire/list.ts";
import type { Result } from "../core/result.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";

/** What a judge's process is started with. */
export type JudgeSettings = Pick<JudgePorts, "knowledge" | "never" | "networks" | "lookBackDays">;

export type JudgeMethod = Exclude<keyof Judge, "close">;

/** To the process. */
export type ToJudge =
  /** The first of all, once. */
  | { readonly kind: "start"; readonly settings: JudgeSettings }
  | { readonly kind: "ask"; readonly id: number; readonly method: JudgeMethod; readonly argument: unknown }
  /** Nobody waits for it any more. */
  | { readonly kind: "abort"; readonly id: number }
  | { readonly kind: "answer"; readonly id: number; readonly answer: JudgeAnswer };

/** From the process: what was asked for, or what it must know to work it out. */
export type FromJudge =
  | { readonly kind: "result"; readonly id: number; readonly result: Result<unknown, Failure> }
  /** Something that should not have happened. */
  | { readonly kind: "broken"; readonly id: number; readonly because: string }
  | { readonly kind: "question"; readonly id: number; readonly question: JudgeQuestion };

/** The history and the clusters stay with the server's own process: a history has one writer in one process. */
export type JudgeQuestion =
  | { readonly about: "history"; readonly question: HistoryQuestion; readonly text: string }
  /** `known`: which facts the process has; 0: none. */
  | { readonly about: "facts"; readonly cluster: string; readonly known: number }
  | { readonly about: "policies"; readonly where: NamespaceRef };

export type JudgeAnswer =
  | { readonly about: "history"; readonly told: Result<string, Failure> }
  /** `facts` is left out when they are those that the process has. */
  | { readonly about: "facts"; readonly revision: number; readonly facts?: ClusterFacts | undefined }
  | { readonly about: "policies"; readonly policies: readonly LivePolicy[] | undefined }
  | { readonly about: "nothing"; readonly because: string };
