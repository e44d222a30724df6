import { type Decider, formatDecider, maxDeciderText } from "../../core/policy/decider.ts";

/** Small whole numbers instead of strings: an observation is filled and judged a million times a second. */
export const endpoint = { unknown: 0, pod: 1, node: 2, service: 3, outside: 4 } as const;
export const opener = { unknown: 0, source: 1, destination: 2 } as const;
export const side = { unknown: 0, egress: 1, ingress: 2 } as const;
export const verdict = { seen: 0, allowed: 1, denied: 2, unanswered: 3 } as const;
/**
 * `names`: what became known of a flow's names beside the flow itself. `proxied`: the source asked the destination, a
 * proxy, for the host that is the name.
 */
export const observed = {
  flow: 0,
  dnsAnswer: 1,
  lostEvents: 2,
  nodeOutage: 3,
  other: 4,
  names: 5,
  proxied: 6,
} as const;
/** How the names of an observation came to stand for its address or addresses, in the order of `nameOrigins`. */
export const toldBy = { flow: 0, dnsAnswer: 1, tlsSni: 2 } as const;

/** Texts of an observation, by index into `textFrom` and `textTo`; an empty range means absent. */
export const text = { cluster: 0, namespace: 1, ownerKind: 2, ownerName: 3, pod: 4 } as const;
export const textCount = 5;

export const maxNames = 16;
export const maxAnswers = 64;
/** A packet passes few stages of policies. */
export const maxDeciders = 4;
/** Aliases beyond this are left out of the chain: resolvers give up at about as many. */
export const maxChain = 16;

/** `bytes` hold `length` bytes of key and at least four more, so that whole words can be read. */
export interface SourceKey {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly length: number;
}

/**
 * What one record says, in one shape for all formats, without judgement. One instance is filled again and again: texts
 * are ranges of `bytes`, which hold only until the next record. Absent numbers are -1.
 */
export class Observation {
  what: number = observed.flow;
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  readonly textFrom = new Int32Array(textCount);
  readonly textTo = new Int32Array(textCount);

  /**
   * The whole source key, where it was found by the address and the time of the record; undefined: the texts tell. As
   * `FlowTable.sources` writes it: cluster, namespace, owner kind, owner name, pod, each ended by a zero byte.
   */
  attributed: SourceKey | undefined;
  /** What the source knows the two ends to be; for a DNS answer the asking pod is the source. */
  sourceIs: number = endpoint.unknown;
  destinationIs: number = endpoint.unknown;
  /** 4, 6, or 0 when absent; words as `readIp` writes them. */
  sourceFamily: number = 0;
  readonly source = new Uint32Array(4);
  destinationFamily: number = 0;
  readonly destination = new Uint32Array(4);
  /** Of a block the record names instead of one address. */
  prefixLength = -1;
  /**
   * Network on which it was seen, where the source tells: `default` for the cluster's own; of a user-defined one
   * `namespace/name`, or only the name where it spans namespaces. Its addresses may be in use elsewhere too.
   */
  network = "";
  /** IP protocol number. */
  protocol = -1;
  sourcePort = -1;
  destinationPort = -1;
  icmpType = -1;

  /** Which end opened the connection, where the record itself tells. */
  opener: number = opener.unknown;
  /** Where it was seen, relative to the pod's node or policy. */
  side: number = side.unknown;
  /** The source says, or its fields prove, that another record reports the same. */
  isCopy = false;
  verdict: number = verdict.seen;
  /** How many flows the record stands for; 0 when it only shows that a flow counted elsewhere goes on. */
  flows = 1;
  /** Of a record with `flows` 0: its bytes come on top of those of the record that was counted. */
  isMore = false;
  /** Of such a record: its flow was counted before, even where nothing here shows that. */
  wasCounted = false;
  /** As recorded: to be scaled by `sampling`. */
  byteCount = -1;
  sampling = 1;
  startMs = -1;
  endMs = -1;

  /** Names of the destination, or the one name a DNS answer is about. */
  nameCount = 0;
  readonly nameFrom = new Int32Array(maxNames);
  readonly nameTo = new Int32Array(maxNames);
  /** Of names of a flow: what told them. The name of a DNS answer always comes from the answer. */
  nameOrigin: number = toldBy.flow;
  /**
   * What the source says decided the flow, as `formatDecider` writes it: ranges of `deciderBytes`, because no record has
   * these texts as they are.
   */
  deciderCount = 0;
  readonly deciderFrom = new Int32Array(maxDeciders);
  readonly deciderTo = new Int32Array(maxDeciders);
  readonly deciderBytes = new Uint8Array(maxDeciders * maxDeciderText + 4);
  readonly deciderView = new DataView(this.deciderBytes.buffer);
  /** Aliases between the name of a DNS answer and its addresses, in order. */
  chainCount = 0;
  readonly chainFrom = new Int32Array(maxChain);
  readonly chainTo = new Int32Array(maxChain);
  /** The smallest of the answer's records that lead from the name to the addresses, in seconds. */
  ttlSeconds = -1;
  /** Addresses of a DNS answer, four words each. */
  answerCount = 0;
  readonly answerFamily = new Uint8Array(maxAnswers);
  readonly answers = new Uint32Array(4 * maxAnswers);
  /** Of lost-event records. */
  lost = 0;

  clear(bytes: Uint8Array, view: DataView): void {
    this.what = observed.flow;
    this.bytes = bytes;
    this.view = view;
    for (let index = 0; index < textCount; index += 1) this.textTo[index] = this.textFrom[index] = 0;
    this.attributed = undefined;
    this.sourceIs = endpoint.unknown;
    this.destinationIs = endpoint.unknown;
    this.sourceFamily = 0;
    this.destinationFamily = 0;
    this.prefixLength = -1;
    this.network = "";
    this.protocol = -1;
    this.sourcePort = -1;
    this.destinationPort = -1;
    this.icmpType = -1;
    this.opener = opener.unknown;
    this.side = side.unknown;
    this.isCopy = false;
    this.verdict = verdict.seen;
    this.flows = 1;
    this.isMore = false;
    this.wasCounted = false;
    this.byteCount = -1;
    this.sampling = 1;
    this.startMs = -1;
    this.endMs = -1;
    this.nameCount = 0;
    this.nameOrigin = toldBy.flow;
    this.deciderCount = 0;
    this.chainCount = 0;
    this.ttlSeconds = -1;
    this.answerCount = 0;
    this.lost = 0;
  }

  setText(index: number, from: number, to: number): void {
    this.textFrom[index] = from;
    this.textTo[index] = to;
  }

  /** What no cluster can mean is passed over, and what there is no room for. */
  addDecider(decider: Decider): void {
    const written = formatDecider(decider);
    const { deciderCount, deciderFrom, deciderTo, deciderBytes } = this;
    if (written === undefined || deciderCount === maxDeciders) return;
    const from = deciderCount * maxDeciderText;
    for (let i = 0; i < written.length; i += 1) deciderBytes[from + i] = written.charCodeAt(i);
    deciderFrom[deciderCount] = from;
    deciderTo[deciderCount] = from + written.length;
    this.deciderCount = deciderCount + 1;
  }
}

export type ObservationSink = (observation: Observation) => void;
