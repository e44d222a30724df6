import { formatPosition, type NodePosition, parsePosition } from "./position.ts";

/** Neighbouring events of a node may come in the wrong order by less than this. */
const windowUs = 2_000_000;
/** Nodes may be this far behind each other in what the relay merges. */
const lagUs = 10_000_000;
/** A node that sent nothing for so long has nothing under way. */
const quietUs = 60_000_000;
/** Nobody asks for more than this again. */
const longestAwayUs = 3_600_000_000;
const maxIdsPerNode = 65_536;
const maxIds = 1 << 18;
const maxNodes = 4096;
/** An event that claims to come from this far ahead of us has a wrong clock and moves nothing. */
const aheadUs = 3_600_000_000;

/**
 * INVARIANT (window): of all events of the node at or after `olderUs` that were taken, the identity is in `older` or
 * `current`.
 */
interface NodeState {
  /** Time of the latest event taken; all times in microseconds since the epoch. */
  markUs: number;
  olderUs: number;
  currentUs: number;
  older: Set<number>;
  current: Set<number>;
  /** The server is sending what was taken before, up to this time; -1: it is not. */
  replayUntilUs: number;
  /** When the last event of the node came, by our clock. */
  arrivedUs: number;
  /** How far its clock is ahead of ours, at least: of the event that came with the least delay. Undefined: none came. */
  leadUs: number | undefined;
  isAway: boolean;
}

/**
 * Which events of a Hubble server were taken. An event is known by its node, its time and its identity: nodes send their
 * own events nearly in order, so the last seconds of each are enough to tell a repetition. Repetitions come after a lost
 * connection, after a restart, and when a node comes back to the relay, which then asks it again from the beginning.
 */
export class SeenEvents {
  private readonly nodes = new Map<string, NodeState>();
  private readonly firstUs: number;
  /** The position of an earlier life was understood. */
  readonly isResumed: boolean;
  /** For nodes that a position had no room for: up to here everything was taken. */
  private restUs = -1;
  private newestUs = -1;
  private notBeforeUs = 0;
  /** From where the current call began, and when; what it has not sent yet is from there on. */
  private callSinceUs = Number.POSITIVE_INFINITY;
  private callStartedUs = Number.NEGATIVE_INFINITY;
  private ids = 0;
  /** When nodes were forgotten to make room for others. */
  private forgotUs = Number.NEGATIVE_INFINITY;

  /** `firstUs`: from where to ask when nothing was taken yet. */
  constructor(firstUs: number, position?: string) {
    const known = position === undefined ? undefined : parsePosition(position);
    this.isResumed = known !== undefined;
    // Where nothing was taken, the earlier life still waits for what came since it began.
    this.firstUs = known?.sinceUs ?? firstUs;
    if (known === undefined) return;
    this.restUs = known.restUs;
    this.callSinceUs = known.sinceUs;
    this.callStartedUs = Number.POSITIVE_INFINITY;
    for (const node of known.nodes) this.nodes.set(node.name, restored(node));
    for (const { markUs } of known.nodes) this.newestUs = Math.max(this.newestUs, markUs);
    for (const { older } of this.nodes.values()) this.ids += older.size;
  }

  get isEmpty(): boolean {
    return this.newestUs < 0 && this.restUs < 0;
  }

  /** From where a new call must ask so that nothing is missed. */
  sinceUs(nowUs: number): number {
    if (this.isEmpty) return this.firstUs;
    const newest = this.newest(nowUs);
    let since = newest - lagUs;
    for (const node of this.nodes.values()) {
      since = Math.min(since, this.isQuiet(node, nowUs) ? this.quietUntil(node, nowUs) : node.markUs - windowUs);
    }
    since = Math.max(since, newest - longestAwayUs);
    if (this.isCatchingUp(nowUs)) since = Math.min(since, this.callSinceUs);
    return Math.max(since, this.notBeforeUs, 0);
  }

  /** Time of the latest event, which no clock that is ahead makes later than now. */
  private newest(nowUs: number): number {
    return Math.min(Math.max(this.newestUs, this.restUs), nowUs);
  }

  /** Until when everything of each node was taken, as far as anybody can tell. */
  coverage(nowUs: number): Map<string, number> {
    const until = new Map<string, number>();
    for (const [name, node] of this.nodes) {
      const isSettled = this.isQuiet(node, nowUs) && !this.isCatchingUp(nowUs);
      until.set(name, isSettled ? Math.max(node.markUs, this.quietUntil(node, nowUs)) : node.markUs);
    }
    return until;
  }

  /** Gives up everything before `nowUs`: it cannot be had. */
  skip(nowUs: number): void {
    this.nodes.clear();
    this.ids = 0;
    this.newestUs = -1;
    this.restUs = nowUs;
    this.notBeforeUs = nowUs;
    this.callSinceUs = nowUs;
  }

  /** Until when, by its own clock, everything of a node came that has nothing under way. */
  private quietUntil({ leadUs = 0 }: NodeState, nowUs: number): number {
    return Math.min(this.newest(nowUs), nowUs + leadUs) - lagUs;
  }

  private isCatchingUp(nowUs: number): boolean {
    return nowUs - this.callStartedUs < quietUs;
  }

  private isQuiet(node: NodeState, nowUs: number): boolean {
    return !node.isAway && nowUs - node.arrivedUs > quietUs;
  }

  /** A call begins, and sends from `sinceUs` on. */
  begin(sinceUs: number, nowUs: number): void {
    this.forget(Math.min(sinceUs, this.newest(nowUs) - longestAwayUs));
    this.callSinceUs = sinceUs;
    this.callStartedUs = nowUs;
    this.replay();
  }

  /** The server begins again: with these nodes, or with all. */
  replay(names?: Iterable<string>): void {
    for (const name of names ?? this.nodes.keys()) {
      const node = this.nodes.get(name);
      if (node !== undefined) node.replayUntilUs = node.markUs;
    }
  }

  setAway(names: Iterable<string>, isAway: boolean, nowUs: number): void {
    for (const name of names) {
      const node = this.nodes.get(name);
      if (node === undefined) continue;
      // What it kept for us is yet to come.
      if (node.isAway) node.arrivedUs = nowUs;
      node.isAway = isAway;
    }
  }

  /** Whether the event is new; then it counts as taken. `atUs` -1: it has no time, and nothing is known of it. */
  admit(name: string, atUs: number, id: number, nowUs: number): boolean {
    return this.admitAny(name, atUs, id, nowUs, atUs <= nowUs + aheadUs);
  }

  /** The same for what the server itself has to tell of a node: its time says nothing of how far the events have come. */
  admitNotice(name: string, atUs: number, id: number, nowUs: number): boolean {
    return this.admitAny(name, atUs, id, nowUs, false);
  }

  private admitAny(name: string, atUs: number, id: number, nowUs: number, moves: boolean): boolean {
    if (atUs < 0) return true;
    const node = this.nodes.get(name) ?? this.addNode(name, nowUs);
    node.arrivedUs = nowUs;
    node.isAway = false;
    if (moves && !(node.leadUs !== undefined && node.leadUs >= atUs - nowUs)) node.leadUs = atUs - nowUs;
    if (node.current.has(id) || node.older.has(id)) return false;
    if (atUs < node.olderUs) {
      if (this.isBeginningAgain(node, atUs, nowUs)) node.replayUntilUs = node.markUs;
      // Before the window: while the server repeats itself it was taken, else it is late.
      return node.replayUntilUs < 0;
    }
    if (moves && atUs > node.replayUntilUs) node.replayUntilUs = -1;
    const isNext = moves && atUs >= node.currentUs + windowUs;
    if (isNext || node.current.size >= maxIdsPerNode) this.rotate(node, moves ? atUs : node.markUs);
    if (moves) {
      if (atUs > node.markUs) node.markUs = atUs;
      if (atUs > this.newestUs) this.newestUs = atUs;
    }
    node.current.add(id);
    this.ids += 1;
    if (this.ids > maxIds) for (const one of this.nodes.values()) this.rotate(one, one.markUs);
    return true;
  }

  /**
   * Relays ask a node that they lost for a moment again from where the call began, and say nothing of it, or only later:
   * it shows by events from further back than neighbours are ever swapped. Where the node was ahead of us, its clock may
   * have been set right instead.
   */
  private isBeginningAgain({ markUs }: NodeState, atUs: number, nowUs: number): boolean {
    return atUs < markUs - windowUs && atUs >= this.callSinceUs && markUs <= nowUs + lagUs;
  }

  /** `nowUs`: as of `admit`. */
  position(nowUs: number): string {
    const nodes = [...this.nodes].map(([name, node]): NodePosition => ({ name, ...node }));
    return formatPosition({ sinceUs: this.sinceUs(nowUs), restUs: this.restUs, nodes });
  }

  private addNode(name: string, nowUs: number): NodeState {
    if (this.nodes.size >= maxNodes && nowUs - this.forgotUs > quietUs) {
      this.forgotUs = nowUs;
      this.forget(this.newest(nowUs) - longestAwayUs);
    }
    // So many nodes has no cluster: the rest shares one state, which still tells repetitions within the window.
    if (this.nodes.size >= maxNodes) return this.nodes.get("") ?? this.put("");
    return this.put(name);
  }

  private put(name: string): NodeState {
    const from = this.restUs < 0 ? 0 : this.restUs + 1;
    const node: NodeState = {
      markUs: this.restUs,
      olderUs: from,
      currentUs: from,
      older: new Set(),
      current: new Set(),
      replayUntilUs: this.restUs,
      arrivedUs: 0,
      leadUs: undefined,
      isAway: false,
    };
    this.nodes.set(name, node);
    return node;
  }

  /** Forgets nodes that sent nothing since `beforeUs`: nodes come and go, and nobody asks for so much again. */
  private forget(beforeUs: number): void {
    for (const [name, node] of this.nodes) {
      if (node.markUs >= beforeUs) continue;
      this.ids -= node.older.size + node.current.size;
      this.nodes.delete(name);
    }
  }

  /** Forgets the older generation. What it knew of is before the window from now on. */
  private rotate(node: NodeState, atUs: number): void {
    this.ids -= node.older.size;
    if (node.older.size > 0) node.olderUs = node.currentUs;
    node.older = node.current;
    node.current = new Set();
    // Behind everything that was taken, so that no identity of the new generation is in an older one.
    node.currentUs = Math.max(atUs, node.markUs + 1);
  }
}

function restored({ markUs, olderUs, leadUs, older }: NodePosition): NodeState {
  return {
    markUs,
    olderUs,
    currentUs: markUs + 1,
    older: new Set(older),
    current: new Set(),
    replayUntilUs: markUs,
    arrivedUs: 0,
    leadUs,
    isAway: false,
  };
}
