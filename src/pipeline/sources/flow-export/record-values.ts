import { slot, slotCount } from "./elements.ts";
import { type Template, variableLength } from "./template.ts";

/** What one record says, by slot; see `slot`. */
export type RecordValues = Float64Array;

export function freshValues(): RecordValues {
  return new Float64Array(slotCount).fill(-1);
}

/**
 * Reads the record at `at` into `values`. Slots the template does not fill keep what they hold: all records of a set
 * fill the same ones.
 * @returns the position behind the record, or -1 when it goes beyond `end`
 */
export function readRecord(template: Template, view: DataView, at: number, end: number, values: RecordValues): number {
  const { slots, lengths, offsets } = template;
  if (template.isVariable) return readVariable(template, view, at, end, values);
  if (at + template.recordBytes > end) return -1;
  for (let i = 0; i < slots.length; i += 1) {
    values[slots[i]!] = readField(view, at + offsets[i]!, lengths[i]!, slots[i]!);
  }
  return at + template.recordBytes;
}

function readVariable(template: Template, view: DataView, at: number, end: number, values: RecordValues): number {
  const { slots, lengths } = template;
  let p = at;
  for (let i = 0; i < slots.length; i += 1) {
    let length = lengths[i]!;
    if (length === variableLength) {
      if (p >= end) return -1;
      length = view.getUint8(p);
      p += 1;
      if (length === 255) {
        if (p + 2 > end) return -1;
        length = view.getUint16(p);
        p += 2;
      }
    }
    if (p + length > end) return -1;
    if (slots[i] !== slot.none) values[slots[i]!] = readField(view, p, length, slots[i]!);
    p += length;
  }
  return p;
}

function readField(view: DataView, at: number, length: number, what: number): number {
  if (what <= slot.destination6) return at;
  if (what === slot.samplingProbability) return length === 8 ? view.getFloat64(at) : view.getFloat32(at);
  return readUint(view, at, length);
}

/** Any unsigned integer of up to eight octets; beyond 2^53 to the nearest number. */
function readUint(view: DataView, at: number, length: number): number {
  switch (length) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at);
    case 4:
      return view.getUint32(at);
    case 8:
      return view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
    default: {
      let value = 0;
      for (let i = 0; i < length; i += 1) value = value * 256 + view.getUint8(at + i);
      return value;
    }
  }
}
