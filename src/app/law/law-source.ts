import { ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import { type LawReaders, lawOrFailure, readLawText } from "./read-law-text.ts";

/** Tells what a text is called as a law, or why it is none. */
export interface LawSource {
  read(file: string, text: string): Result<{ readonly name: string }, Failure>;
}

export function lawSource(readers: LawReaders): LawSource {
  return {
    read(file, text) {
      const law = lawOrFailure(readLawText(file, text, readers));
      return law.ok ? ok({ name: law.value.law.name }) : law;
    },
  };
}
