import { firstSamplingSlot, slot, slotOf } from "./elements.ts";
import { type PlannedField, planOf, type RecordPlan } from "./record-plan.ts";

/** A length in a template that means: the record tells (RFC 7011 section 7). */
export const variableLength = 65_535;
const enterpriseBit = 0x8000;

/**
 * How records of one set look. Only the fields that are wanted are kept; where some have a variable length, also those,
 * and how much lies between.
 */
export interface Template {
  readonly id: number;
  readonly isOptions: boolean;
  readonly isVariable: boolean;
  /** Of a record; where a field is variable, the least. At least 1. */
  readonly recordBytes: number;
  /** By field: what it is, how long, and where in a record (empty when variable). */
  readonly slots: Uint8Array;
  readonly lengths: Uint16Array;
  readonly offsets: Uint32Array;
  /** Its records say how they were sampled, or by which sampler. */
  readonly tellsSampling: boolean;
  /** Made by Open vSwitch: every packet is told twice, and counts are scaled by the sampling rate already. */
  readonly isOpenVSwitch: boolean;
  /** Made by flowlogs-pipeline: what a flow does not have holds a value of an earlier flow. */
  readonly isStale: boolean;
  /** How usual flows are read in one go; undefined when each record needs a closer look. */
  readonly plan: RecordPlan | undefined;
}

/** A position behind the template, or what is wrong with it. */
export interface ParsedTemplate {
  readonly template: Template | undefined;
  readonly next: number;
}

/**
 * Reads `count` field specifiers at `at`. Positions beyond `end` are not touched.
 * @param skipped leading fields whose element numbers are no information elements: the scopes of NetFlow v9
 * @returns undefined when the specifiers do not fit; `template` is undefined when records would have no length
 */
export function parseTemplate(
  view: DataView,
  at: number,
  end: number,
  fields: { readonly id: number; readonly count: number; readonly isOptions: boolean; readonly skipped: number },
  hasEnterprises: boolean,
): ParsedTemplate | undefined {
  const { id, count, isOptions, skipped } = fields;
  if (at + 4 * count > end) return undefined;
  const slots = new Uint8Array(count);
  const lengths = new Uint16Array(count);
  const offsets = new Uint32Array(count);
  const signs = new MakerSigns();
  const seen = new Set<number>();
  let recordBytes = 0;
  let isVariable = false;
  let p = at;
  for (let i = 0; i < count; i += 1) {
    if (p + 4 > end) return undefined;
    let element = view.getUint16(p);
    const length = view.getUint16(p + 2);
    let enterprise = 0;
    p += 4;
    // NetFlow v9 has no enterprises: there the bit is part of a vendor's own numbers.
    if (hasEnterprises && element >= enterpriseBit) {
      if (p + 4 > end) return undefined;
      element -= enterpriseBit;
      enterprise = view.getUint32(p);
      p += 4;
    }
    // The length of a variable field is only known with its record: what cannot be an address there is none.
    const found = i < skipped ? slot.none : slotOf(enterprise, element, length);
    slots[i] = seen.has(found) ? slot.none : found;
    if (found !== slot.none) seen.add(found);
    lengths[i] = length;
    offsets[i] = recordBytes;
    if (hasEnterprises && length === variableLength) isVariable = true;
    recordBytes += hasEnterprises && length === variableLength ? 1 : length;
    signs.see(enterprise, element);
  }
  if (recordBytes === 0) return { template: undefined, next: p };
  const common = {
    id,
    isOptions,
    isVariable,
    recordBytes,
    tellsSampling: slots.some((one) => one >= firstSamplingSlot),
    isOpenVSwitch: signs.isOpenVSwitch,
    isStale: signs.isFlowlogsPipeline,
    plan: isOptions || signs.isFlowlogsPipeline ? undefined : planOf(plannedFields(slots, lengths, isVariable)),
  };
  if (isVariable) return { template: { ...common, ...joined(slots, lengths) }, next: p };
  const wanted = [...slots.keys()].filter((i) => slots[i] !== slot.none);
  const template = {
    ...common,
    slots: Uint8Array.from(wanted, (i) => slots[i]!),
    lengths: Uint16Array.from(wanted, (i) => lengths[i]!),
    offsets: Uint32Array.from(wanted, (i) => offsets[i]!),
  };
  return { template, next: p };
}

function plannedFields(slots: Uint8Array, lengths: Uint16Array, isVariable: boolean): readonly PlannedField[] {
  return Array.from(slots, (what, i) => ({
    what,
    length: isVariable && lengths[i] === variableLength ? -1 : lengths[i]!,
  }));
}

/**
 * Joins neighbours of fixed lengths that are not wanted into one field, so that every step of reading a record moves on:
 * a template may have a thousand fields without a length, and a datagram tens of thousands of records.
 */
function joined(slots: Uint8Array, lengths: Uint16Array): Pick<Template, "slots" | "lengths" | "offsets"> {
  const kept: { what: number; length: number }[] = [];
  for (const [i, length] of lengths.entries()) {
    const what = slots[i]!;
    const last = kept.at(-1);
    const isSkipped = what === slot.none && length !== variableLength;
    if (isSkipped && last?.what === slot.none && last.length + length < variableLength) last.length += length;
    else if (!isSkipped || length > 0) kept.push({ what, length });
  }
  return {
    slots: Uint8Array.from(kept, ({ what }) => what),
    lengths: Uint16Array.from(kept, ({ length }) => length),
    offsets: new Uint32Array(0),
  };
}

/** Elements that only one maker puts together in one template. */
class MakerSigns {
  private openVSwitch = 0;
  private flowlogs = 0;

  see(enterprise: number, element: number): void {
    if (enterprise === 0) {
      const bit = openVSwitchElements.indexOf(element);
      if (bit >= 0) this.openVSwitch |= 1 << bit;
    } else {
      const bit = flowlogsElements.indexOf(element);
      if (bit >= 0) this.flowlogs |= 1 << bit;
    }
  }

  get isOpenVSwitch(): boolean {
    return this.openVSwitch === (1 << openVSwitchElements.length) - 1;
  }

  get isFlowlogsPipeline(): boolean {
    return this.flowlogs === (1 << flowlogsElements.length) - 1;
  }
}

/**
 * Observation point, direction, both delta times, octets dropped and of layer 2, in every flow template of its.
 * @see Open vSwitch ofproto/ofproto-dpif-ipfix.c, ipfix_template_field_common and _layer2_common
 */
const openVSwitchElements = [138, 61, 158, 159, 132, 352];
/**
 * Namespaces and pods of both ends; the enterprise number is for users to choose.
 * @see flowlogs-pipeline pkg/pipeline/write/write_ipfix.go
 */
const flowlogsElements = [7733, 7734, 7735, 7736];
