/** @see https://www.tcpdump.org/linktypes.html */
const link = { null: 0, ethernet: 1, raw: 101, cooked: 113, loop: 108, cooked2: 276, ipv4: 228, ipv6: 229 } as const;
/** What systems wrote for raw IP before it had a number of its own. */
const rawOfOld = new Set([12, 14]);
const etherType = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, qinq: 0x88a8, oldQinq: 0x9100 } as const;
const maxTags = 4;
/** AF_INET and AF_INET6 of Linux, of macOS, and of the BSDs. */
const ipFamilies = new Set([2, 10, 24, 28, 30]);

/** Whether captures of this link type take packets from all interfaces of a machine: `tcpdump -i any`. */
export function isCooked(type: number): boolean {
  return type === link.cooked || type === link.cooked2;
}

/** Where the IP packet in a frame begins; else `other` (no IP), `unsupported` (unknown link type) or `broken`. */
export function networkLayerOf(
  type: number,
  view: DataView,
  from: number,
  to: number,
): number | "other" | "unsupported" | "broken" {
  switch (type) {
    case link.ethernet:
      return behindTags(view, from + 12, to);
    case link.raw:
    case link.ipv4:
    case link.ipv6:
      return from;
    case link.cooked:
      return behindTags(view, from + 14, to);
    case link.cooked2: {
      if (to - from < 20) return "broken";
      const found = view.getUint16(from);
      return isIp(found) ? from + 20 : isTag(found) ? behindTags(view, from + 20 + 2, to) : "other";
    }
    case link.null:
    case link.loop: {
      if (to - from < 4) return "broken";
      // In the byte order of the machine that captured; families are small numbers.
      const family = Math.min(view.getUint32(from), view.getUint32(from, true));
      return ipFamilies.has(family) ? from + 4 : "other";
    }
    default:
      return rawOfOld.has(type) ? from : "unsupported";
  }
}

/** `at` is where the type of the payload stands, or the first of several VLAN tags. */
function behindTags(view: DataView, at: number, to: number): number | "other" | "broken" {
  for (let p = at, tags = 0; p + 2 <= to; p += 4, tags += 1) {
    const found = view.getUint16(p);
    if (isIp(found)) return p + 2;
    if (!isTag(found) || tags === maxTags) return "other";
  }
  return "broken";
}

function isIp(type: number): boolean {
  return type === etherType.ipv4 || type === etherType.ipv6;
}

function isTag(type: number): boolean {
  return type === etherType.vlan || type === etherType.qinq || type === etherType.oldQinq;
}
