/** `97 %`; more digits where they matter: `99.6 %`, `0.4 %`. Never rounded to certainty: `over 99.9 %`, `under 0.1 %`. */
export function percent(share: number): string {
  if (share > 0.9995 && share < 1) return "over 99.9 %";
  if (share > 0 && share < 0.0005) return "under 0.1 %";
  const hundred = share * 100;
  return `${Number(hundred.toFixed(hundred > 98.95 || hundred < 0.95 ? 1 : 0))} %`;
}
