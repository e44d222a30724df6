/** What a suggestion said about its chance, and whether it held. */
export interface Forecast {
  /** Chance that nothing legitimate is blocked, 0 to 1. */
  readonly said: number;
  readonly held: boolean;
}

export interface Calibration {
  readonly forecasts: number;
  /** Mean distance between what was said and what happened, weighted by how many said it. */
  readonly error: number;
  readonly bins: readonly {
    readonly from: number;
    readonly to: number;
    readonly forecasts: number;
    readonly said: number;
    readonly held: number;
  }[];
}

const borders = [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.000001];

/** Reliability by bins: of those that said about as much, how many held. */
export function calibrationOf(forecasts: readonly Forecast[]): Calibration | undefined {
  if (forecasts.length === 0) return undefined;
  const bins = borders.slice(0, -1).flatMap((from, i) => {
    const to = borders[i + 1]!;
    const own = forecasts.filter(({ said }) => said >= from && said < to);
    if (own.length === 0) return [];
    const said = own.reduce((sum, one) => sum + one.said, 0) / own.length;
    return [
      {
        from,
        to: Math.min(1, to),
        forecasts: own.length,
        said,
        held: own.filter(({ held }) => held).length / own.length,
      },
    ];
  });
  const error = bins.reduce((sum, bin) => sum + Math.abs(bin.said - bin.held) * bin.forecasts, 0) / forecasts.length;
  return { forecasts: forecasts.length, error, bins };
}
