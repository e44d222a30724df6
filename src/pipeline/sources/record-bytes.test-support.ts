import { scanPadding } from "./json-projection.ts";

/** A text as a record for tests: ended by a line feed, followed by padding that would confuse a scanner that runs on. */
export function recordForTest(text: string): { bytes: Uint8Array; view: DataView } {
  const encoded = Buffer.from(text, "utf8");
  const bytes = new Uint8Array(encoded.length + 1 + scanPadding).fill(0x22);
  bytes.set(encoded);
  bytes[encoded.length] = 0x0a;
  return { bytes, view: new DataView(bytes.buffer) };
}
