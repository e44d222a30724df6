/** Payload and headers of a packet in the middle, in bytes; only the order of magnitude matters. */
const bytesPerPacket = 600;

/**
 * How many flows there were, of which `recorded` left a record while one packet in `sampling` was looked at: a flow of k
 * packets is seen with the chance `1 − (1 − 1/N)^k`, and `bytes` (already scaled by the sampling) tell how many packets
 * all flows had together. Without bytes every flow counts as one packet, which is the most there can have been.
 */
export function estimatedFlows(recorded: number, bytes: number | undefined, sampling: number): number {
  if (sampling <= 1 || recorded === 0) return recorded;
  const most = recorded * sampling;
  const packets = bytes === undefined ? most : Math.max(bytes / bytesPerPacket, recorded);
  const keep = Math.log1p(-1 / sampling);
  const expected = (flows: number): number => -flows * Math.expm1((packets / flows) * keep);
  let low = recorded;
  let high = Math.min(most, Math.max(packets, recorded));
  if (expected(high) <= recorded) return high;
  // `expected` grows with the number of flows, so halving finds the only answer.
  for (let i = 0; i < 40; i += 1) {
    const middle = (low + high) / 2;
    if (expected(middle) < recorded) low = middle;
    else high = middle;
  }
  return high;
}
