/**
 * Randomness that belongs to a thing and not to the order of asking: what a resolver answers at some minute is the same
 * whoever asks first, so that the generator and the judge see one world.
 */
export function keyed(a: number, b = 0, c = 0, d = 0): number {
  let hash = (a | 0) ^ 0x9e3779b9;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) ^ (b | 0);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) ^ (c | 0);
  hash = Math.imul(hash ^ (hash >>> 16), 0x27d4eb2f) ^ (d | 0);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** {@link keyed} in [0, 1). */
export function keyedShare(a: number, b = 0, c = 0, d = 0): number {
  return keyed(a, b, c, d) / 2 ** 32;
}

/** A number for a text (FNV-1a, 32 bits). */
export function textKey(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
