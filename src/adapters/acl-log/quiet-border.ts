/** Lines of one packet come closer together. */
const quietMs = 6;
/** So many lines are looked at. */
const maxLines = 1000;
const lineFeed = 0x0a;
const time = /\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?/;

/**
 * Where a piece of a log can be cut so that the lines of one packet stay together: the last border of lines on both sides of
 * which times differ. The whole length when there is none, as behind a single long line or without times.
 */
export function quietBorder(piece: Uint8Array): number {
  let end = piece.lastIndexOf(lineFeed);
  let later: number | undefined;
  for (let seen = 0; end > 0 && seen < maxLines; seen += 1) {
    const begin = piece.lastIndexOf(lineFeed, end - 1) + 1;
    const at = timeOf(piece.subarray(begin, end));
    if (later !== undefined && at !== undefined && Math.abs(later - at) >= quietMs) return end + 1;
    later = at;
    end = begin - 1;
  }
  return piece.length;
}

function timeOf(line: Uint8Array): number | undefined {
  const said = time.exec(new TextDecoder("latin1").decode(line.subarray(0, 4096)))?.[0];
  const ms = said === undefined ? Number.NaN : Date.parse(said);
  return Number.isNaN(ms) ? undefined : ms;
}
