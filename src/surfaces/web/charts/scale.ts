/** From values to places and back, for axes. */
export interface Scale {
  readonly place: (value: number) => number;
  readonly value: (place: number) => number;
}

export function linearScale(from: number, to: number, start: number, end: number): Scale {
  const span = to - from || 1;
  return {
    place: (value) => start + ((value - from) / span) * (end - start),
    value: (place) => from + ((place - start) / (end - start || 1)) * span,
  };
}

/** Round steps from nought to at least `most`: 0, 25, 50, 75, 100. */
export function ticksTo(most: number, wanted = 4): readonly number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step);
}

const minute = 60_000;
const day = 86_400_000;
const timeSteps = [1, 5, 15, 30, 60, 180, 360, 720]
  .map((each) => each * minute)
  .concat([1, 2, 7, 14, 30, 90].map((each) => each * day));

/** Moments of the axis: whole hours and days in UTC shifted to the reader's clock. */
export function timeTicks(fromMs: number, toMs: number, most: number, offsetMs: number): readonly number[] {
  const step = timeSteps.find((each) => (toMs - fromMs) / each <= most) ?? 365 * day;
  const first = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs;
  return Array.from({ length: Math.max(0, Math.floor((toMs - first) / step) + 1) }, (_, index) => first + index * step);
}

/** Number of the time that is nearest. */
export function nearest(times: readonly number[], ms: number): number {
  let best = 0;
  for (const [index, time] of times.entries()) {
    if (Math.abs(time - ms) < Math.abs((times[best] ?? 0) - ms)) best = index;
  }
  return best;
}
