/** How numbers are written, everywhere alike. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** `1,234`, from ten thousand on `12.3K`. */
export function formatCount(count: number): string {
  return Math.abs(count) < 10_000 ? whole.format(count) : compact.format(count);
}

export function formatWhole(count: number): string {
  return whole.format(count);
}

/** `1 namespace`, `2 namespaces`. */
export function countOf(count: number, one: string, several = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : several}`;
}

/** Powers of 1024, as `ls -h` writes them. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${twoDigits.format(bytes / 1024 ** power)} ${units[power] ?? "B"}`;
}

/** A chance or a share of 0 to 1; never `100 %` for what is not certain, nor `0 %` for what is not impossible. */
export function formatShare(share: number): string {
  if (share >= 1) return "100 %";
  if (share > 0.999) return "> 99.9 %";
  if (share <= 0) return "0 %";
  if (share < 0.001) return "< 0.1 %";
  const percent = share * 100;
  return `${percent >= 99 || percent < 1 ? Math.floor(percent * 10) / 10 : Math.floor(percent)} %`;
}

/** `2^17.3` as text, for places that cannot show an exponent. */
export function formatPower(power: number): string {
  return `2^${Number.isInteger(power) ? power : power.toFixed(1)}`;
}

/** A power of two as people say it: `about 165 thousand`. */
export function sayPower(power: number): string {
  const log10 = power * Math.log10(2);
  const names = ["", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"];
  const step = Math.floor(log10 / 3);
  const name = names[step];
  if (name === undefined) return `about 10^${Math.round(log10)}`;
  const number = 10 ** (log10 - 3 * step);
  return `about ${number < 10 ? number.toFixed(1).replace(/\.0$/, "") : Math.round(number)}${name === "" ? "" : ` ${name}`}`;
}
