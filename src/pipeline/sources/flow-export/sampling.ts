import { slot } from "./elements.ts";
import type { RecordValues } from "./record-values.ts";

const maxSelectors = 256;
/** No device samples less than one packet in so many: a larger rate is a field that means something else. */
const maxRate = 1 << 24;

/** The packet sampling of one exporter: what its options said, for records that do not say it themselves. */
export class SamplingTable {
  /** Of options without a selector. */
  private common = 1;
  private readonly bySelector = new Map<number, number>();
  private only = 1;

  clear(): void {
    this.common = 1;
    this.bySelector.clear();
    this.only = 1;
  }

  /** Takes an options record; without effect when it is not about sampling. */
  learn(values: RecordValues): void {
    const rate = rateIn(values);
    if (rate < 1) return;
    const selector = selectorIn(values);
    if (selector < 0) this.common = rate;
    else if (this.bySelector.has(selector) || this.bySelector.size < maxSelectors) this.bySelector.set(selector, rate);
    this.only = this.bySelector.size === 1 ? [...this.bySelector.values()][0]! : 1;
  }

  /** The N of 1-in-N that a data record was sampled with; 1 when nothing says it was. */
  rateOf(values: RecordValues): number {
    const own = rateIn(values);
    if (own >= 1) return own;
    const selector = selectorIn(values);
    // A record that names no selector, from an exporter that has one: what else can it be.
    if (selector < 0) return this.common > 1 ? this.common : this.only;
    return this.bySelector.get(selector) ?? this.common;
  }
}

function selectorIn(values: RecordValues): number {
  return values[slot.selector]! >= 0 ? values[slot.selector]! : values[slot.sampler]!;
}

/** 0 when the record does not tell. */
function rateIn(values: RecordValues): number {
  const probability = values[slot.samplingProbability]!;
  if (probability > 0) return checked(1 / probability);
  const size = values[slot.samplingSize]!;
  const population = values[slot.samplingPopulation]!;
  if (size > 0 && population > 0) return checked(population / size);
  const packets = values[slot.samplingPackets]!;
  if (packets > 0) {
    // By the registry 305 packets are taken and 306 passed over; without the second, 305 is read as "1 in", as old
    // exporters mean it.
    const space = values[slot.samplingSpace]!;
    return checked(space >= 0 ? (packets + space) / packets : packets);
  }
  const interval =
    values[slot.samplingInterval]! > 0 ? values[slot.samplingInterval]! : values[slot.samplerRandomInterval]!;
  return interval > 0 ? checked(interval) : 0;
}

/** A rate that can be; 1 otherwise. Rates that are whole but for the rounding of `1/N` are made whole. */
function checked(rate: number): number {
  if (!(rate >= 1 && rate <= maxRate)) return 1;
  const whole = Math.round(rate);
  return Math.abs(rate - whole) < 1e-6 * whole ? whole : rate;
}
