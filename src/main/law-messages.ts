import type { LawAnswer, LawInput } from "../app/law/law-judge.ts";
import type { OpaRequest } from "../app/law/opa-request.ts";
import type { StoredLaw } from "../app/state/law-book.ts";

/** What a law's thread is started with. */
export interface LawThreadSettings {
  readonly opa: OpaRequest | undefined;
}

/** To the thread. */
export interface ToLawThread {
  readonly id: number;
  readonly laws: readonly StoredLaw[];
  readonly input: LawInput;
}

/** From the thread: the answer, or why there is none. */
export type FromLawThread =
  | { readonly id: number; readonly answer: LawAnswer }
  | { readonly id: number; readonly because: string };
