/** `14d`: a whole number of days, at least one, at most a hundred years. */
export function isDays(text: string): boolean {
  return daysOf(text) !== undefined;
}

export function daysOf(text: string): number | undefined {
  const [, digits] = /^([1-9][0-9]{0,4})d$/.exec(text) ?? [];
  return digits === undefined || Number(digits) > 36_500 ? undefined : Number(digits);
}
