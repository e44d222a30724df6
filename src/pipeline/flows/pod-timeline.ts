import type { IpAddress } from "../../core/net/ip.ts";
import { formatWorkload, type Workload } from "../../core/workload/workload.ts";
import { AddressIndex } from "./address-index.ts";
import { PodIdentity } from "./pod-identity.ts";

/** A pod as a watch, a list or a dump shows it at one moment. */
export interface PodSighting {
  /** Unique for all time: a pod of a StatefulSet has the same name again and again, but never the same uid. */
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly workload: Workload;
  /** All it has, in both families; none for a pod on its host's network, whose addresses are the node's. */
  readonly addresses: readonly IpAddress[];
  /** Since when it may have used its addresses. */
  readonly fromMs: number;
  /** When it finished; undefined while it runs. */
  readonly toMs: number | undefined;
}

export interface PodTimelineOptions {
  /** Name of the cluster, as the keys of sources have it. */
  readonly cluster: string;
  /** How long an ended interval is kept after its end became known: flows may be late by this much. */
  readonly keepMs?: number;
  /** How long after its end an interval still claims flows that nobody else does. */
  readonly graceMs?: number;
  /** The same before its beginning: clocks of nodes, of the API server and ours differ. */
  readonly skewMs?: number;
  /** Intervals and pods at most, each. */
  readonly limit?: number;
}

/** One pod had one address in [fromMs, toMs); toMs is infinite while it still has it. */
interface Claim {
  readonly pod: PodRecord;
  readonly address: IpAddress;
  readonly fromMs: number;
  toMs: number;
  /** When its end became known. */
  endKnownMs: number;
}

interface PodRecord {
  identity: PodIdentity;
  open: readonly Claim[];
}

const largestPerAddress = 256;

/**
 * Which pod had an address when. Addresses are used again within seconds, and flows are late by minutes: so a flow
 * belongs to whoever had its address when it started, not to whoever has it now.
 *
 * Of several intervals that hold a moment the one that began last counts: an end may be learned late, a beginning is
 * proof. Where none holds it, the nearest does, up to `graceMs` behind its end or `skewMs` before its beginning.
 * Times are milliseconds since the epoch. Memory is bounded; what did not fit is counted.
 */
export class PodTimeline {
  readonly cluster: string;
  /** Intervals that found no room. */
  dropped = 0;
  private readonly keepMs: number;
  private readonly graceMs: number;
  private readonly skewMs: number;
  private readonly limit: number;
  private readonly claims = new AddressIndex<readonly Claim[]>();
  private readonly pods = new Map<string, PodRecord>();
  private nodes = new AddressIndex<true>();
  private claimCount = 0;
  /** Ended claims in the order in which their ends became known; those before `endedFrom` are gone. */
  private ended: Claim[] = [];
  private endedFrom = 0;

  constructor({ cluster, keepMs = 900_000, graceMs = 60_000, skewMs = 10_000, limit = 200_000 }: PodTimelineOptions) {
    this.cluster = cluster;
    this.keepMs = keepMs;
    this.graceMs = graceMs;
    this.skewMs = skewMs;
    this.limit = limit;
  }

  /** Intervals held now, ended ones included. */
  get size(): number {
    return this.claimCount;
  }

  /**
   * Who had the address at that moment, by words as `readIp` writes them; undefined when nobody is known. Allocates
   * nothing.
   */
  at(family: number, words: Uint32Array, timeMs: number): PodIdentity | undefined {
    const claims = this.claims.get(family, words);
    if (claims === undefined) return undefined;
    let best: Claim | undefined;
    let nearest = Infinity;
    for (let i = 0; i < claims.length; i += 1) {
      const claim = claims[i]!;
      let away = 0;
      if (timeMs < claim.fromMs) {
        away = claim.fromMs - timeMs;
        if (away > this.skewMs) continue;
      } else if (timeMs >= claim.toMs) {
        away = timeMs - claim.toMs + 1;
        if (away > this.graceMs) continue;
      }
      if (away < nearest || (away === nearest && claim.fromMs >= best!.fromMs)) {
        best = claim;
        nearest = away;
      }
    }
    return best?.pod.identity;
  }

  /** Whether the address is a node's: its own, or its management port inside the pod network. */
  isNode(family: number, words: Uint32Array): boolean {
    return this.nodes.get(family, words) === true;
  }

  setNodes(addresses: Iterable<IpAddress>): void {
    this.nodes = new AddressIndex();
    for (const address of addresses) this.nodes.set(address, true);
  }

  /** Takes in how a pod is now. The same sighting twice changes nothing. */
  saw(pod: PodSighting, nowMs: number): void {
    this.sweep(nowMs);
    let record = this.pods.get(pod.uid);
    if (record === undefined) {
      if (this.pods.size >= this.limit) {
        this.dropped += pod.addresses.length;
        return;
      }
      record = { identity: this.identityOf(pod, pod.workload), open: [] };
      this.pods.set(pod.uid, record);
      // A pod that finished long ago has nothing to say, but is remembered as known.
      if (pod.toMs === undefined || pod.toMs > nowMs - this.keepMs) this.open(record, pod, nowMs);
    } else {
      this.follow(pod.uid, pod.workload);
      if (pod.toMs === undefined) this.open(record, pod, nowMs);
    }
    if (pod.toMs !== undefined) this.end(record, pod.toMs, nowMs);
  }

  /** The pod is no more, as of `nowMs` at the latest. */
  gone(uid: string, nowMs: number): void {
    this.sweep(nowMs);
    const record = this.pods.get(uid);
    if (record === undefined) return;
    this.end(record, nowMs, nowMs);
    this.pods.delete(uid);
  }

  /** The pod's owner is known better now: past flows are its as well, as far as they have not been counted. */
  follow(uid: string, workload: Workload): void {
    const record = this.pods.get(uid);
    if (record === undefined || formatWorkload(record.identity.workload) === formatWorkload(workload)) return;
    record.identity = this.identityOf(record.identity, workload);
  }

  /** Drops intervals whose end has been known for `keepMs`. Cheap when there is nothing to do. */
  sweep(nowMs: number): void {
    while (this.endedFrom < this.ended.length) {
      const claim = this.ended[this.endedFrom]!;
      if (claim.endKnownMs > nowMs - this.keepMs) break;
      this.drop(claim);
      this.endedFrom += 1;
    }
    if (this.endedFrom > 1024 && 2 * this.endedFrom > this.ended.length) {
      this.ended = this.ended.slice(this.endedFrom);
      this.endedFrom = 0;
    }
  }

  private identityOf(pod: { readonly namespace: string; readonly name: string }, workload: Workload): PodIdentity {
    return new PodIdentity(this.cluster, pod.namespace, pod.name, workload);
  }

  /** Opens what the pod has and did not have; ends what it had and no longer has. */
  private open(record: PodRecord, pod: PodSighting, nowMs: number): void {
    const isKept = ({ address }: Claim): boolean => pod.addresses.some((now) => isSame(now, address));
    for (const claim of record.open) if (!isKept(claim)) this.endClaim(claim, nowMs, nowMs);
    record.open = record.open.filter(isKept);
    for (const address of pod.addresses) {
      if (record.open.some((claim) => isSame(claim.address, address))) continue;
      if (!this.makeRoom()) {
        this.dropped += 1;
        continue;
      }
      const claims = this.claims.of(address) ?? [];
      const fromMs = this.beginning(claims, Math.min(pod.fromMs, nowMs));
      const claim: Claim = { pod: record, address, fromMs, toMs: Infinity, endKnownMs: Infinity };
      // Lists of exactly their length: most addresses and pods have one or two for life.
      this.claims.set(address, [...claims, claim]);
      record.open = [...record.open, claim];
      this.claimCount += 1;
      if (claims.length >= largestPerAddress) this.dropOldest([...claims, claim]);
    }
  }

  /** Beginnings are told in whole seconds: within one, the end of whoever had the address before tells better. */
  private beginning(claims: readonly Claim[], fromMs: number): number {
    let from = fromMs;
    for (const { toMs } of claims) if (toMs > from && toMs < fromMs + 1000) from = toMs;
    return from;
  }

  private end(record: PodRecord, toMs: number, nowMs: number): void {
    for (const claim of record.open) this.endClaim(claim, toMs, nowMs);
    record.open = [];
  }

  private endClaim(claim: Claim, toMs: number, nowMs: number): void {
    claim.toMs = Math.max(claim.fromMs, Math.min(toMs, nowMs));
    claim.endKnownMs = nowMs;
    this.ended.push(claim);
  }

  /** Whether one more interval fits; the one that ended first makes room. */
  private makeRoom(): boolean {
    while (this.claimCount >= this.limit && this.endedFrom < this.ended.length) {
      this.drop(this.ended[this.endedFrom]!);
      this.endedFrom += 1;
      this.dropped += 1;
    }
    return this.claimCount < this.limit;
  }

  private dropOldest(claims: readonly Claim[]): void {
    this.drop(claims.find(({ toMs }) => toMs !== Infinity) ?? claims[0]!);
    this.dropped += 1;
  }

  private drop(claim: Claim): void {
    const claims = this.claims.of(claim.address) ?? [];
    const rest = claims.filter((one) => one !== claim);
    this.claimCount -= claims.length - rest.length;
    if (rest.length === 0) this.claims.delete(claim.address);
    else this.claims.set(claim.address, rest);
  }
}

function isSame(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.value === b.value;
}
