import { scanPadding } from "../json-projection.ts";
import { unescapeJson } from "../json-unescape.ts";

const comma = 0x2c;
const open = 0x7b;
const lineFeed = 0x0a;

/**
 * A line of Loki as `logcli -o jsonl` prints it, `{"labels":{…},"line":"{…}","timestamp":…}`, made into the record that it
 * was before its labels were taken out.
 */
export class WrappedLine {
  bytes = new Uint8Array(4096);
  view = new DataView(this.bytes.buffer);

  /**
   * @param labelsFrom of the object with the labels, with its braces
   * @param lineFrom of the string's content, still escaped
   * @returns false when the line holds no object
   */
  unwrap(bytes: Uint8Array, labelsFrom: number, labelsTo: number, lineFrom: number, lineTo: number): boolean {
    const most = labelsTo - labelsFrom + lineTo - lineFrom + 2 + scanPadding;
    if (most > this.bytes.length) {
      this.bytes = new Uint8Array(2 * most);
      this.view = new DataView(this.bytes.buffer);
    }
    const to = this.bytes;
    const inner = bytes.subarray(labelsFrom + 1, labelsTo - 1);
    to.set(inner, 1);
    const at = 1 + inner.length;
    to.set(bytes.subarray(lineFrom, lineTo), at);
    const end = unescapeJson(to, at, at + lineTo - lineFrom);
    if (end <= at || to[at] !== open) return false;
    for (let p = at; p < end; p += 1) if (to[p] === lineFeed) to[p] = 0x20;
    to[0] = open;
    to[at] = inner.some((c) => c > 0x20) ? comma : 0x20;
    to.fill(0, end, end + scanPadding);
    to[end] = lineFeed;
    return true;
  }
}
