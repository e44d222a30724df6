import type { Sha256 } from "../audit-hashes.ts";
import { type CheckpointText, parseCheckpointText } from "../checkpoint-text.ts";
import { isSignedBy, parseNote, parseVerifierKey, type SignedNote, type VerifierKey } from "../signed-note.ts";
import type { AuditProblem, ProvenCheckpoint } from "./audit-report.ts";

/** How the log stands where a checkpoint is told. */
export interface LogStanding {
  readonly size: number;
  /** Undefined where it is not known. */
  readonly root: Sha256 | undefined;
  readonly chain: Sha256 | undefined;
  readonly where: string;
}

interface Checked {
  readonly note: SignedNote;
  readonly said: CheckpointText;
  readonly where: string;
}

/** Compares checkpoints with the log, and says at the end which of them somebody vouches for. */
export class CheckpointChecks {
  readonly #given: readonly VerifierKey[];
  readonly #report: (problem: AuditProblem) => void;
  readonly #named: { readonly sequence: number; readonly key: VerifierKey }[] = [];
  readonly #fitting: Checked[] = [];
  #count = 0;
  #lastFitting = 0;
  #hasRewritten = false;
  #origin: string | undefined;

  constructor(given: readonly VerifierKey[], report: (problem: AuditProblem) => void) {
    this.#given = given;
    this.#report = report;
  }

  get hasKeys(): boolean {
    return this.#given.length > 0;
  }

  nameKey(sequence: number, text: string): void {
    const key = parseVerifierKey(text);
    if (key.ok) this.#named.push({ sequence, key: key.value });
  }

  /** @returns whether the records up to it are as somebody has signed them */
  check(text: string, { size, root, chain, where }: LogStanding): boolean {
    this.#count += 1;
    const note = parseNote(text);
    const said = note === undefined ? undefined : parseCheckpointText(note.text);
    if (note === undefined || said === undefined) {
      this.#tell(`the checkpoint after ${size} records is none: its text was changed`, where);
      return false;
    }
    this.#origin ??= said.origin;
    if (said.origin !== this.#origin) {
      this.#tell(`the checkpoint of ${said.size} records is of another log, ${JSON.stringify(said.origin)}`, where);
      return false;
    }
    if (said.size !== size) {
      const message = `a checkpoint is about ${said.size} records and there are ${size}`;
      this.#tell(
        said.size > size ? `${message}: the end of the log was cut off, or the checkpoint changed` : message,
        where,
      );
      return false;
    }
    const isRoot = root === undefined ? undefined : root === said.rootHash;
    const isChain = chain === undefined || said.chainHash === undefined ? undefined : chain === said.chainHash;
    if (isRoot === false || isChain === false) this.#rewritten(note, said, where);
    else if (isRoot === true || isChain === true) {
      this.#fitting.push({ note, said, where });
      if (!this.#isSigned(note)) return false;
      this.#lastFitting = size;
      return true;
    }
    return false;
  }

  /** @param size records that there are */
  finish(size: number): { readonly proven: ProvenCheckpoint | undefined; readonly count: number } {
    const trusted = [...(this.hasKeys ? this.#given : this.#named.map(({ key }) => key))];
    let proven: ProvenCheckpoint | undefined;
    const waiting = new Set(this.#fitting);
    // A checkpoint that is trusted makes the keys trusted that the log names before it, and so on.
    for (let isNew = true; isNew;) {
      isNew = false;
      for (const checked of waiting) {
        const key = trusted.find((own) => isSignedBy(checked.note, own));
        if (key === undefined) continue;
        isNew = true;
        waiting.delete(checked);
        const { said } = checked;
        if (proven === undefined || said.size > proven.size) {
          proven = { size: said.size, atMs: said.atMs, keyName: key.name, keyId: key.keyId };
        }
        for (const { sequence, key: next } of this.#named) if (sequence < said.size) trusted.push(next);
      }
    }
    for (const { note, said, where } of waiting) {
      const ids = note.signatures.map(({ keyId }) => keyId).join(", ");
      const isKnown = note.signatures.some(({ keyId }) => trusted.some((key) => key.keyId === keyId));
      const why = isKnown
        ? "its text or its signature was changed"
        : `none of the trusted keys has signed it, but ${ids}`;
      this.#tell(`the checkpoint of ${said.size} records is not to be trusted: ${why}`, where);
    }
    return { proven: proven !== undefined && proven.size <= size ? proven : undefined, count: this.#count };
  }

  /** All hashes beside the records fit, and somebody signed others. */
  #rewritten(note: SignedNote, said: CheckpointText, where: string): void {
    if (!this.#isSigned(note)) {
      this.#tell(
        `the checkpoint of ${said.size} records is not to be trusted: its text or its signature was changed`,
        where,
      );
      return;
    }
    // What comes after the first that does not fit cannot fit either.
    if (this.#hasRewritten) return;
    this.#hasRewritten = true;
    const [first, last] = [this.#lastFitting, said.size - 1];
    const which = first === last ? `record ${first}` : `one or more of the records ${first} to ${last}`;
    const message = `${which} was changed and the hashes after it made anew: the checkpoint of ${said.size} records has signed others`;
    this.#report({ kind: "rewritten", first, last, where, message });
  }

  #isSigned(note: SignedNote): boolean {
    return [...this.#given, ...this.#named.map(({ key }) => key)].some((key) => isSignedBy(note, key));
  }

  #tell(message: string, where: string): void {
    this.#report({ kind: "checkpoint", first: undefined, last: undefined, where, message });
  }
}
