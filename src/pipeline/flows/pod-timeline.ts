import { compareIp, type IpAddress } from "../../core/net/ip.ts";
import { formatWorkload, type Workload } from "../../core/workload/workload.ts";
import { AddressClaims, type Claim } from "./address-claims.ts";
import { AddressIndex } from "./address-index.ts";
import { clusterNetwork, PodIdentity } from "./pod-identity.ts";

/** A pod as a watch, a list or a dump shows it at one moment. */
export interface PodSighting {
  /** Unique for all time: a pod of a StatefulSet has the same name again and again, but never the same uid. */
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly workload: Workload;
  /** All it has on the cluster's network, both families; none for one on its host's network: these are the node's. */
  readonly addresses: readonly IpAddress[];
  /** Where its traffic leaves by a network of its namespace's own, on which others may have the same addresses. */
  readonly primaryNetwork?: PrimaryNetwork | undefined;
  /** Since when it may have used its addresses. */
  readonly fromMs: number;
  /** When it finished; undefined while it runs. */
  readonly toMs: number | undefined;
}

/** A user-defined network that a pod has in the cluster network's place. */
export interface PrimaryNetwork {
  /** As OVN-Kubernetes names it at the pod: the namespace, a slash, and the name of the network. */
  readonly name: string;
  readonly addresses: readonly IpAddress[];
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
 * An address that pods have on several networks at once tells nobody, unless the flow names its network.
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
  private readonly claims = new AddressClaims();
  private readonly pods = new Map<string, PodRecord>();
  private nodes = new AddressIndex<true>();
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
    return this.claims.size;
  }

  /**
   * Who had the address at that moment, by words as `readIp` writes them; undefined when nobody is known. Allocates
   * nothing.
   * @param network as the flow names it: `default`, `namespace/name`, or only the name where it spans namespaces; empty
   *   where it does not tell
   */
  at(family: number, words: Uint32Array, timeMs: number, network = ""): PodIdentity | undefined {
    const isSpanning = network !== "" && !network.includes("/");
    let best: Claim | undefined;
    let nearest = Infinity;
    for (let claim = this.claims.get(family, words); claim !== undefined; claim = claim.older) {
      if (network !== "" && !isCalled(claim.network, network)) continue;
      let away = 0;
      if (timeMs < claim.fromMs) {
        away = claim.fromMs - timeMs;
        if (away > this.skewMs) continue;
      } else if (timeMs >= claim.toMs) {
        away = timeMs - claim.toMs + 1;
        if (away > this.graceMs) continue;
      }
      // On another network the same moment may be another pod's just as well: that it was nearer proves nothing. One that
      // spans namespaces is another at the pods of each by name only; that two held the moment shows that they are two.
      if (best !== undefined && best.network !== claim.network && !(isSpanning && away + nearest > 0)) return undefined;
      if (away < nearest || (away === nearest && claim.fromMs > best!.fromMs)) {
        best = claim;
        nearest = away;
      }
    }
    return best?.pod.identity;
  }

  /** Whether pods of several networks have it or had it lately: it is a pod's, but nobody can say which. */
  isShared(family: number, words: Uint32Array): boolean {
    const newest = this.claims.get(family, words);
    for (let claim = newest?.older; claim !== undefined; claim = claim.older) {
      if (claim.network !== newest!.network) return true;
    }
    return false;
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
        this.dropped += pod.addresses.length + (pod.primaryNetwork?.addresses.length ?? 0);
        return;
      }
      record = { identity: this.identityOf(pod, pod.workload, pod.primaryNetwork?.name), open: [] };
      this.pods.set(pod.uid, record);
      // A pod that finished long ago has nothing to say, but is remembered as known.
      if (pod.toMs === undefined || pod.toMs > nowMs - this.keepMs) this.open(record, pod, nowMs);
    } else {
      this.follow(pod.uid, pod.workload, pod.primaryNetwork?.name);
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
  follow(uid: string, workload: Workload, network?: string): void {
    const record = this.pods.get(uid);
    if (record === undefined) return;
    const { identity } = record;
    const isSameOwner = formatWorkload(identity.workload) === formatWorkload(workload);
    if (isSameOwner && (network === undefined || network === identity.network)) return;
    record.identity = this.identityOf(identity, workload, network ?? identity.network);
  }

  /** Drops intervals whose end has been known for `keepMs`. Cheap when there is nothing to do. */
  sweep(nowMs: number): void {
    while (this.endedFrom < this.ended.length) {
      const claim = this.ended[this.endedFrom]!;
      if (claim.endKnownMs > nowMs - this.keepMs) break;
      this.claims.drop(claim);
      this.endedFrom += 1;
    }
    if (this.endedFrom > 1024 && 2 * this.endedFrom > this.ended.length) {
      this.ended = this.ended.slice(this.endedFrom);
      this.endedFrom = 0;
    }
  }

  private identityOf(
    { namespace, name }: Pick<PodIdentity, "namespace" | "name">,
    workload: Workload,
    network: string | undefined,
  ): PodIdentity {
    return new PodIdentity(this.cluster, namespace, name, workload, network);
  }

  /** Opens what the pod has and did not have; ends what it had and no longer has. */
  private open(record: PodRecord, pod: PodSighting, nowMs: number): void {
    const own = pod.primaryNetwork;
    const isKept = ({ address, network }: Claim): boolean =>
      network === "" ? holds(pod.addresses, address) : network === own?.name && holds(own.addresses, address);
    if (!record.open.every(isKept)) {
      for (const claim of record.open) if (!isKept(claim)) this.endClaim(claim, nowMs, nowMs);
      record.open = record.open.filter(isKept);
    }
    this.openOn("", pod.addresses, record, pod.fromMs, nowMs);
    if (own !== undefined) this.openOn(own.name, own.addresses, record, pod.fromMs, nowMs);
  }

  private openOn(
    network: string,
    addresses: readonly IpAddress[],
    record: PodRecord,
    sinceMs: number,
    nowMs: number,
  ): void {
    for (const address of addresses) {
      if (record.open.some((claim) => claim.network === network && compareIp(claim.address, address) === 0)) continue;
      if (!this.makeRoom()) {
        this.dropped += 1;
        continue;
      }
      const fromMs = this.beginning(this.claims.of(address), network, Math.min(sinceMs, nowMs));
      const claim = this.claims.add({ pod: record, address, network, fromMs, toMs: Infinity, endKnownMs: Infinity });
      // `concat` makes a list of exactly its length, which a literal with a spread does not.
      record.open = record.open.concat(claim);
      const tooMany = this.claims.tooMany(address, largestPerAddress);
      if (tooMany === undefined) continue;
      this.claims.drop(tooMany);
      this.dropped += 1;
    }
  }

  /** Beginnings are told in whole seconds: within one, the end of whoever had the address before tells better. */
  private beginning(newest: Claim | undefined, network: string, fromMs: number): number {
    let from = fromMs;
    for (let claim = newest; claim !== undefined; claim = claim.older) {
      if (claim.network === network && claim.toMs > from && claim.toMs < fromMs + 1000) from = claim.toMs;
    }
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
    while (this.claims.size >= this.limit && this.endedFrom < this.ended.length) {
      this.claims.drop(this.ended[this.endedFrom]!);
      this.endedFrom += 1;
      this.dropped += 1;
    }
    return this.claims.size < this.limit;
  }
}

function holds(addresses: readonly IpAddress[], address: IpAddress): boolean {
  return addresses.some((one) => compareIp(one, address) === 0);
}

/** Networks that span namespaces are named without one by those who see flows; at a pod they have that of the pod. */
function isCalled(network: string, said: string): boolean {
  if (network === "") return said === clusterNetwork;
  if (network.length === said.length) return network === said;
  return network.endsWith(said) && network.charCodeAt(network.length - said.length - 1) === 0x2f;
}
