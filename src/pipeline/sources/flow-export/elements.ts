/**
 * What is looked for in a record, whatever element carries it. Addresses hold the position of their bytes, everything
 * else its number; -1 where a record has none.
 * @see https://www.iana.org/assignments/ipfix/ipfix.xhtml
 */
export const slot = {
  none: 0,
  source4: 1,
  destination4: 2,
  source6: 3,
  destination6: 4,
  ipVersion: 5,
  protocol: 6,
  sourcePort: 7,
  destinationPort: 8,
  tcpFlags: 9,
  initialTcpFlags: 10,
  icmp4: 11,
  icmp6: 12,
  icmpType4: 13,
  icmpType6: 14,
  octets: 15,
  octetsTotal: 16,
  octetsAfter: 17,
  octetsLayer2: 18,
  packets: 19,
  packetsTotal: 20,
  initiatorOctets: 21,
  responderOctets: 22,
  reverseOctets: 23,
  reverseOctetsTotal: 24,
  reversePackets: 25,
  reversePacketsTotal: 26,
  startUptime: 27,
  endUptime: 28,
  startSeconds: 29,
  endSeconds: 30,
  startMs: 31,
  endMs: 32,
  startNtpMicro: 33,
  endNtpMicro: 34,
  startNtpNano: 35,
  endNtpNano: 36,
  startDelta: 37,
  endDelta: 38,
  observedSeconds: 39,
  observedMs: 40,
  systemStartMs: 41,
  flowDirection: 42,
  biflowDirection: 43,
  natEvent: 44,
  firewallEvent: 45,
  forwardingStatus: 46,
  samplingInterval: 47,
  samplerRandomInterval: 48,
  samplingPackets: 49,
  samplingSpace: 50,
  samplingSize: 51,
  samplingPopulation: 52,
  samplingProbability: 53,
  selector: 54,
  sampler: 55,
} as const;
export const slotCount = 56;
/** It and all after it are about sampling. */
export const firstSamplingSlot = slot.samplingInterval;

const iana: Readonly<Record<number, number>> = {
  1: slot.octets,
  2: slot.packets,
  4: slot.protocol,
  6: slot.tcpFlags,
  7: slot.sourcePort,
  8: slot.source4,
  11: slot.destinationPort,
  12: slot.destination4,
  21: slot.endUptime,
  22: slot.startUptime,
  23: slot.octetsAfter,
  27: slot.source6,
  28: slot.destination6,
  32: slot.icmp4,
  34: slot.samplingInterval,
  48: slot.sampler,
  50: slot.samplerRandomInterval,
  60: slot.ipVersion,
  61: slot.flowDirection,
  85: slot.octetsTotal,
  86: slot.packetsTotal,
  89: slot.forwardingStatus,
  139: slot.icmp6,
  150: slot.startSeconds,
  151: slot.endSeconds,
  152: slot.startMs,
  153: slot.endMs,
  154: slot.startNtpMicro,
  155: slot.endNtpMicro,
  156: slot.startNtpNano,
  157: slot.endNtpNano,
  158: slot.startDelta,
  159: slot.endDelta,
  160: slot.systemStartMs,
  176: slot.icmpType4,
  178: slot.icmpType6,
  230: slot.natEvent,
  231: slot.initiatorOctets,
  232: slot.responderOctets,
  233: slot.firewallEvent,
  239: slot.biflowDirection,
  302: slot.selector,
  305: slot.samplingPackets,
  306: slot.samplingSpace,
  309: slot.samplingSize,
  310: slot.samplingPopulation,
  311: slot.samplingProbability,
  322: slot.observedSeconds,
  323: slot.observedMs,
  352: slot.octetsLayer2,
};

/** RFC 5103: the same elements, of the other direction of a biflow. */
const reverse: Readonly<Record<number, number>> = {
  1: slot.reverseOctets,
  2: slot.reversePackets,
  85: slot.reverseOctetsTotal,
  86: slot.reversePacketsTotal,
};
const reversePen = 29_305;

/** YAF tells the flags of a flow's first packet apart from those of all. */
const certPen = 6871;
const certInitialTcpFlags = 14;

/** The slot of a field, or `none`; fields of a length that the element cannot have are passed over. */
export function slotOf(enterprise: number, element: number, length: number): number {
  let found: number | undefined;
  if (enterprise === 0) found = iana[element];
  else if (enterprise === reversePen) found = reverse[element];
  else if (enterprise === certPen && element === certInitialTcpFlags) found = slot.initialTcpFlags;
  if (found === undefined) return slot.none;
  switch (found) {
    case slot.source4:
    case slot.destination4:
      return length === 4 ? found : slot.none;
    case slot.source6:
    case slot.destination6:
      return length === 16 ? found : slot.none;
    case slot.samplingProbability:
      return length === 4 || length === 8 ? found : slot.none;
    default:
      return length >= 1 && length <= 8 ? found : slot.none;
  }
}
