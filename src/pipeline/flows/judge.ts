import { endpoint, type Observation, observed, opener, side } from "../sources/observation.ts";
import { addressClass, type AddressClassifier } from "./address-classes.ts";
import { type LeftOutReason, leftOutReasons } from "./harvest.ts";

/** Judgement of an observation that becomes an edge. */
export const keep = -1;

const code = Object.fromEntries(leftOutReasons.map((reason, i) => [reason, i])) as Readonly<
  Record<LeftOutReason, number>
>;

const protocol = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 } as const;
/** Ports from 32768 on are what Linux hands to clients. */
const firstClientPort = 32_768;
/** Well-known servers above 1023, for clients whose ports start lower than Linux's. */
const isServerPort = new Uint8Array(1 << 16);
for (const port of [
  1433, 1521, 1883, 2049, 2379, 3128, 3306, 3389, 4317, 4318, 5044, 5432, 5671, 5672, 5900, 6379, 6443, 6514, 8080,
  8443, 8883, 9092, 9093, 9200, 9418, 11211, 15672, 27017,
]) {
  isServerPort[port] = 1;
}

/**
 * Whether an observation is egress of a pod, and if not, why not. Format-independent: decoders bring the evidence, the
 * rules are here. Services stay in: what stands behind them is looked up later, once per edge.
 * @returns `keep`, or an index into `leftOutReasons`
 * @see NetObserv: FlowDirection is missing on some real egress, so only "ingress" is a reason, never "not egress"
 */
export function judge(o: Observation, classes: AddressClassifier): number {
  if (o.what !== observed.flow || o.destinationFamily === 0) return code["not-a-flow"];
  if (o.sourceIs !== endpoint.pod) {
    if (o.sourceIs === endpoint.node) return code["host-network"];
    const isPodAddress =
      o.sourceIs === endpoint.unknown &&
      o.sourceFamily !== 0 &&
      classes.classOf(o.sourceFamily, o.source) === addressClass.pod;
    if (!isPodAddress) return code["not-from-pod"];
  }
  if (o.side === side.ingress) return code.ingress;
  if (o.isCopy) return code.duplicate;
  const place = classes.classOfBlock(o.destinationFamily, o.destination, o.prefixLength);
  // Nobody answers from a multicast address, so it does not matter who spoke first.
  if (place === addressClass.multicast) return code.multicast;
  const opened = o.opener === opener.unknown ? guessOpener(o) : o.opener;
  if (opened === opener.destination) return code.reply;
  if (opened === opener.unknown) return code["initiator-unknown"];
  if (o.destinationIs === endpoint.pod) return code.internal;
  switch (place) {
    case addressClass.pod:
    case addressClass.ownHost:
      return code.internal;
    case addressClass.ovnInternal:
      return code["ovn-internal"];
    default:
      return keep;
  }
}

/** Which end opened the connection, from ports alone. */
function guessOpener({ protocol: number, icmpType, sourcePort, destinationPort }: Observation): number {
  if (number === protocol.icmp || number === protocol.icmp6) {
    if (icmpType < 0) return opener.unknown;
    return icmpType === (number === protocol.icmp ? 8 : 128) ? opener.source : opener.destination;
  }
  if (number !== protocol.tcp && number !== protocol.udp && number !== protocol.sctp) return opener.unknown;
  if (sourcePort < 0 || destinationPort < 0) return opener.unknown;
  return (
    oneSided(sourcePort < 1024, destinationPort < 1024) ||
    oneSided(isServerPort[sourcePort] === 1, isServerPort[destinationPort] === 1) ||
    oneSided(sourcePort < firstClientPort, destinationPort < firstClientPort)
  );
}

function oneSided(isSourceServer: boolean, isDestinationServer: boolean): number {
  if (isSourceServer === isDestinationServer) return opener.unknown;
  return isDestinationServer ? opener.source : opener.destination;
}
