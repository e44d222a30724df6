import { chainStart, hashOfChain, isSha256, type Sha256 } from "../audit-hashes.ts";
import { parseCheckpointText } from "../checkpoint-text.ts";
import { GrowingTree } from "../growing-tree.ts";
import { parseNote, type VerifierKey } from "../signed-note.ts";
import type { AuditProblem, AuditProblemKind, AuditReport } from "./audit-report.ts";
import { CheckpointChecks } from "./checkpoint-checks.ts";

/** A record as it stands somewhere. */
export interface SeenRecord {
  readonly sequence: number;
  /** Computed from what the record says. */
  readonly leaf: Sha256;
  /** As they are told beside it. */
  readonly leafHash: string;
  readonly chainHash: string;
  /** `line 17`; empty in a store. */
  readonly where: string;
}

/** What the log says of its end. */
export interface SeenEnd {
  readonly size: number;
  readonly chainHash: string;
  readonly rootHash: string;
  readonly where: string;
}

/** A record that does not fit: what follows shows what is true of it. */
interface Doubt {
  readonly seen: SeenRecord;
  /** Before it. */
  readonly chain: Sha256 | undefined;
  readonly tree: GrowingTree | undefined;
}

/** Where records are missing, and the chain before them. */
interface Gap {
  readonly sequence: number;
  readonly chain: Sha256;
}

/** A checkpoint about more records than were there before it. */
interface EarlyCheckpoint {
  readonly size: number;
  readonly expected: number;
  readonly note: string;
  readonly where: string;
}

const mostProblems = 200;
const mostMissing = 100_000;

/**
 * Follows a log from its beginning. As long as all fits, a record costs a chain hash, and a node of the tree on the average; who calls has
 * hashed the record itself.
 */
export class LogVerifier {
  readonly #checkpoints: CheckpointChecks;
  readonly #problems: AuditProblem[] = [];
  #left = 0;
  #records = 0;
  #expected = 0;
  /** After the record before; undefined where that one is not known. */
  #chain: Sha256 | undefined = chainStart;
  /** Before that one. */
  #chainBefore: Sha256 | undefined;
  /** After another record of the same number that fits as well. */
  #rivalChain: Sha256 | undefined;
  /** Records that somebody has signed as they are. */
  #vouched = 0;
  /** Undefined since a leaf is not known. */
  #tree: GrowingTree | undefined = new GrowingTree();
  #doubt: Doubt | undefined;
  readonly #known: { readonly note: string; readonly size: number }[];
  #knownAt = 0;
  readonly #missing = new Set<number>();
  readonly #gaps: Gap[] = [];
  #early: EarlyCheckpoint[] = [];
  #unreadable = 0;

  /** @param known notes of checkpoints that somebody kept elsewhere: the log must lead to them too */
  constructor(keys: readonly VerifierKey[], known: readonly string[] = []) {
    this.#checkpoints = new CheckpointChecks(keys, (problem) => this.#report(problem));
    this.#known = known
      .map((note) => ({ note, size: parseCheckpointText(parseNote(note)?.text ?? "")?.size ?? 0 }))
      .toSorted((a, b) => a.size - b.size);
    this.#takeKnown();
  }

  /** Sequence number of the record that should come next. */
  get expected(): number {
    return this.#expected;
  }

  /** Nodes that are whole with the record before; undefined when the tree is not known, or no longer. */
  nodes: readonly Sha256[] | undefined;

  /** @returns whether it fits what came before */
  record(sequence: number, leaf: Sha256, leafHash: string, chainHash: string, placeOf: () => string): boolean {
    this.#records += 1;
    if (this.#doubt === undefined && this.#chain !== undefined && sequence === this.#expected && leaf === leafHash) {
      const chain = hashOfChain(this.#chain, leaf);
      if (chain === chainHash) {
        this.#chainBefore = this.#chain;
        this.#chain = chain;
        this.nodes = this.#tree?.append(leaf);
        this.#expected = sequence + 1;
        if (this.#expected === this.#knownAt) this.#takeKnown();
        return true;
      }
    }
    this.#examine({ sequence, leaf, leafHash, chainHash, where: placeOf() });
    if (this.#expected >= this.#knownAt) this.#takeKnown();
    return false;
  }

  /** A line or row in the place of a record that cannot be read as one. */
  unreadable(where: string, why: string): void {
    const sequence = this.#expected + this.#unreadable;
    this.#unreadable += 1;
    const message = `what stands where record ${sequence} is expected is no record: ${why}`;
    this.#report({ kind: "unreadable", first: sequence, last: sequence, where, message });
  }

  /** Something else is wrong with a record that was just told. */
  report(kind: AuditProblemKind, sequence: number, where: string, message: string): void {
    this.#report({ kind, first: sequence, last: sequence, where, message });
  }

  reportEnd(where: string, message: string): void {
    this.#report({ kind: "end", first: undefined, last: undefined, where, message });
  }

  reportCheckpoint(where: string, message: string): void {
    this.#report({ kind: "checkpoint", first: undefined, last: undefined, where, message });
  }

  /** The log names a key that signs it. */
  namesKey(sequence: number, verifierKey: string): void {
    this.#checkpoints.nameKey(sequence, verifierKey);
  }

  /** A checkpoint, told after the last record that it is about. */
  checkpoint(note: string, where: string): void {
    const said = parseCheckpointText(parseNote(note)?.text ?? "");
    this.#settle(said?.chainHash);
    if (this.#unreadable > 0) this.#skipTo(this.#expected + this.#unreadable);
    if (said !== undefined && said.size > this.#expected) {
      // Records before it may be missing, which the next one shows.
      this.#early.push({ size: said.size, expected: this.#expected, note, where });
      return;
    }
    const [size, root, chain] = [this.#expected, this.#tree?.root(), this.#chain];
    if (this.#checkpoints.check(note, { size, root, chain, where })) this.#vouched = size;
  }

  /** Those about this many records; where records are missing there is nothing to compare with. */
  #takeKnown(): void {
    for (let next = this.#known[0]; next !== undefined && next.size <= this.#expected; next = this.#known[0]) {
      this.#known.shift();
      if (next.size === this.#expected) this.checkpoint(next.note, "the checkpoint that was given");
    }
    this.#knownAt = this.#known[0]?.size ?? Infinity;
  }

  finish(end: SeenEnd | undefined, where: string): AuditReport {
    this.#settle(end?.chainHash);
    this.#tellMissing();
    for (const { note } of this.#known) this.checkpoint(note, "the checkpoint that was given");
    for (const { note, where: place, expected } of this.#early) {
      this.#checkpoints.check(note, { size: expected, root: undefined, chain: undefined, where: place });
    }
    if (end === undefined) {
      const message = "the end is missing: nothing says how many records there were";
      this.reportEnd(where, message);
    } else this.#compareEnd(end);
    const { proven, count } = this.#checkpoints.finish(this.#expected);
    return {
      records: this.#records,
      problems: this.#problems.toSorted((a, b) => (a.first ?? Infinity) - (b.first ?? Infinity)),
      problemsLeftOut: this.#left,
      checkpoints: count,
      proven,
      hasKeys: this.#checkpoints.hasKeys,
      rootHash: this.#tree?.root(),
      chainHash: this.#chain ?? chainStart,
    };
  }

  #examine(seen: SeenRecord): void {
    this.nodes = undefined;
    if (seen.sequence !== this.#expected && this.#hasOtherNumber(seen)) return;
    if (seen.sequence < this.#expected) {
      this.#outOfOrder(seen);
      return;
    }
    this.#settle(seen);
    if (seen.sequence > this.#expected) this.#skipTo(seen.sequence);
    this.#takeRival(seen);
    this.#unreadable = 0;
    this.#expected = seen.sequence + 1;
    const { leaf, leafHash, chainHash, where, sequence } = seen;
    const told = isSha256(chainHash) ? chainHash : undefined;
    if (this.#chain === undefined) {
      // After a gap the hashes beside the record are all there is, and the next record shows whether its chain hash is true.
      if (leaf !== leafHash) this.report("changed", sequence, where, `record ${sequence} is not what its hash says`);
      this.#chain = leaf === leafHash ? told : undefined;
      this.#tree = undefined;
      return;
    }
    const before = { seen, chain: this.#chain, tree: this.#copyOfTree() };
    if (hashOfChain(this.#chain, leaf) === chainHash) {
      if (leaf !== leafHash) {
        const message = `the hash beside record ${sequence} was changed; the record itself is as it was recorded`;
        this.report("hash", sequence, where, message);
      }
      this.nodes = this.#tree?.append(leaf);
      this.#chain = chainHash;
      return;
    }
    if (isSha256(leafHash) && hashOfChain(this.#chain, leafHash) === chainHash) {
      this.report(
        "changed",
        sequence,
        where,
        `record ${sequence} was changed: it is not what its hash and the chain say`,
      );
      // What was recorded is lost, its hash is not: the rest can still be checked.
      this.#tree?.append(leafHash);
      this.#chain = chainHash;
      return;
    }
    this.#doubt = before;
    this.#chain = told;
    this.#tree = undefined;
  }

  /**
   * Says what is true of a record that did not fit, now that something is known of what comes after it: the next record, the chain hash of
   * the end, or nothing.
   */
  #settle(next: SeenRecord | string | undefined): void {
    const doubt = this.#doubt;
    if (doubt === undefined) return;
    this.#doubt = undefined;
    const { seen, chain, tree } = doubt;
    const { sequence, where, leaf, leafHash } = seen;
    const leadsOn = (candidate: string): boolean => {
      if (next === undefined || !isSha256(candidate)) return false;
      if (typeof next === "string") return candidate === next;
      return (
        next.sequence === sequence + 1 &&
        [next.leaf, next.leafHash].some((own) => isSha256(own) && hashOfChain(candidate, own) === next.chainHash)
      );
    };
    const continued = [leaf, leafHash].find(
      (own) => chain !== undefined && isSha256(own) && leadsOn(hashOfChain(chain, own)),
    );
    if (continued !== undefined && chain !== undefined) {
      const message =
        continued === leaf
          ? `the chain hash beside record ${sequence} was changed; the record itself is as it was recorded`
          : `record ${sequence} was changed, and the chain hash beside it`;
      this.report(continued === leaf ? "hash" : "changed", sequence, where, message);
      this.#chain = hashOfChain(chain, continued);
      tree?.append(continued);
      this.#tree = tree;
      return;
    }
    if (leaf !== leafHash || sequence <= this.#vouched) {
      // Not even its chain hash leads on: what follows begins anew.
      if (next !== undefined && !leadsOn(seen.chainHash)) this.#chain = undefined;
      this.report("changed", sequence, where, `record ${sequence} was changed together with its hashes`);
      return;
    }
    // Both are what their own hashes say, and they are not of one chain.
    const message = `record ${sequence} does not follow record ${sequence - 1}: one of them was changed together with its hashes`;
    this.#report({ kind: "changed", first: sequence - 1, last: sequence, where, message });
  }

  /** Of two records of one number the true one is that which the next record follows. */
  #takeRival({ leaf, leafHash, chainHash }: SeenRecord): void {
    const rival = this.#rivalChain;
    this.#rivalChain = undefined;
    if (rival === undefined || leaf !== leafHash || hashOfChain(rival, leaf) !== chainHash) return;
    this.#chain = rival;
    this.#tree = undefined;
  }

  /** Hashes say where a record belongs, whatever number it claims. */
  #hasOtherNumber(seen: SeenRecord): boolean {
    const { leaf, leafHash, chainHash, sequence, where } = seen;
    if (!isSha256(leafHash)) return false;
    const belongs = (chain: Sha256 | undefined): boolean =>
      chain !== undefined && hashOfChain(chain, leafHash) === chainHash;
    if (this.#doubt === undefined && belongs(this.#chain)) {
      const own = this.#expected;
      this.report("changed", own, where, `record ${own} was changed: it says that it is record ${sequence}`);
      this.#tree?.append(leafHash);
      this.#chain = chainHash;
      this.#expected += 1;
      return true;
    }
    const gap = this.#gaps.findIndex(({ chain }) => belongs(chain));
    if (gap < 0) return false;
    const [{ sequence: own }] = this.#gaps.splice(gap, 1) as [Gap];
    this.#missing.delete(own);
    if (leaf !== leafHash) {
      this.report("changed", own, where, `record ${own} was changed: it says that it is record ${sequence}`);
    } else {
      const after = this.#expected - 1;
      this.report("moved", own, where, `record ${own} stands after record ${after}: it was moved`);
    }
    return true;
  }

  /** A second record of a number, or one that stands too late. */
  #outOfOrder(seen: SeenRecord): void {
    const { sequence, where } = seen;
    const doubt = this.#doubt;
    if (doubt?.seen.sequence === sequence && doubt.chain !== undefined && sequence === this.#expected - 1) {
      if (seen.leaf === seen.leafHash && hashOfChain(doubt.chain, seen.leaf) === seen.chainHash) {
        // The one before did not fit and this one does.
        this.#doubt = undefined;
        this.report("inserted", sequence, doubt.seen.where, `a record was inserted before record ${sequence}`);
        doubt.tree?.append(seen.leaf);
        this.#tree = doubt.tree;
        this.#chain = seen.chainHash;
        return;
      }
    }
    if (this.#missing.delete(sequence)) {
      const after = this.#expected - 1;
      this.report("moved", sequence, where, `record ${sequence} stands after record ${after}: it was moved`);
      if (seen.leaf !== seen.leafHash) {
        this.report("changed", sequence, where, `record ${sequence} is not what its hash says`);
      }
      return;
    }
    if (sequence === this.#expected - 1 && this.#chainBefore !== undefined && seen.leaf === seen.leafHash) {
      const chain = hashOfChain(this.#chainBefore, seen.leaf);
      if (chain === seen.chainHash && chain !== this.#chain) this.#rivalChain = chain;
    }
    this.report("inserted", sequence, where, `there is a second record ${sequence}: one of them was inserted`);
  }

  #skipTo(sequence: number): void {
    // Lines that could not be read were told already.
    const from = Math.min(sequence, this.#expected + this.#unreadable);
    // A number that was changed may be anything.
    for (let own = from; own < sequence && this.#missing.size < mostMissing; own += 1) this.#missing.add(own);
    if (this.#chain !== undefined && this.#gaps.length < mostProblems && from < sequence) {
      this.#gaps.push({ sequence: from, chain: this.#chain });
    }
    this.#chain = undefined;
    this.#tree = undefined;
    this.#early = this.#early.filter((own) => own.expected !== this.#expected || own.size > sequence);
    this.#expected = sequence;
    this.#unreadable = 0;
  }

  #tellMissing(): void {
    const numbers = [...this.#missing].toSorted((a, b) => a - b);
    for (let at = 0; at < numbers.length;) {
      const first = numbers[at]!;
      let last = first;
      while (numbers[(at += 1)] === last + 1) last += 1;
      const which = first === last ? `record ${first} is` : `records ${first} to ${last} are`;
      this.#report({ kind: "missing", first, last, where: "", message: `${which} missing` });
    }
  }

  #compareEnd({ size, chainHash, rootHash, where }: SeenEnd): void {
    const tell = (message: string): void => this.reportEnd(where, message);
    const seen = this.#expected + this.#unreadable;
    if (size > seen) {
      const which = size === seen + 1 ? `record ${seen} is` : `records ${seen} to ${size - 1} are`;
      const message = `${which} missing: the end says that there were ${size}`;
      this.#report({ kind: "missing", first: seen, last: size - 1, where, message });
    } else if (size < seen) tell(`there are ${seen} records, and the end says that there were ${size}`);
    else if (
      (this.#chain !== undefined && chainHash !== this.#chain) ||
      (this.#tree !== undefined && rootHash !== this.#tree.root())
    ) {
      tell("the hashes of the end are not those of the records");
    }
  }

  #copyOfTree(): GrowingTree | undefined {
    return this.#tree === undefined ? undefined : new GrowingTree(this.#tree.size, this.#tree.peaks);
  }

  #report(problem: AuditProblem): void {
    if (this.#problems.length < mostProblems) this.#problems.push(problem);
    else this.#left += 1;
  }
}
