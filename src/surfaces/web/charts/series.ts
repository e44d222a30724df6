/** One row of numbers of a chart. */
export interface Series {
  readonly name: string;
  /** One for each time; null: not known. */
  readonly values: readonly (number | null)[];
  /** 0 to 6, where the same thing looks alike in every chart; by its place when left out. */
  readonly look?: number;
}

/** Class of its colour and line. */
export function lookOf({ look }: Series, place: number): string {
  return `postern-series-${(look ?? place) % 7}`;
}
