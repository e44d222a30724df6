/** Milliseconds per civil day. */
const dayMs = 86_400_000;

/**
 * RFC 3339 text (`2026-09-01T08:30:00.123456789Z`, any offset, space for `T`) as milliseconds since the epoch.
 * A missing offset is read as UTC: log lines leave it out when they mean it.
 * @returns -1 when the range is no such time, or lies before 1970
 */
export function readTime(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < 16 || to - from > 40) return -1;
  const year = digits(bytes, from, 4);
  const month = digits(bytes, from + 5, 2);
  const day = digits(bytes, from + 8, 2);
  const hour = digits(bytes, from + 11, 2);
  const minute = digits(bytes, from + 14, 2);
  const separator = bytes[from + 10]! | 0x20;
  if (bytes[from + 4] !== 0x2d || bytes[from + 7] !== 0x2d || bytes[from + 13] !== 0x3a) return -1;
  if (separator !== 0x74 && separator !== 0x20) return -1;
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 24) return -1;
  if (minute < 0 || minute > 59) return -1;
  let p = from + 16;
  let second = 0;
  let millisecond = 0;
  if (p < to && bytes[p] === 0x3a) {
    second = digits(bytes, p + 1, 2);
    if (second < 0 || second > 60 || p + 3 > to) return -1;
    p += 3;
    if (p < to && (bytes[p] === 0x2e || bytes[p] === 0x2c)) {
      let scale = 100;
      for (p += 1; p < to && (bytes[p]! - 0x30) >>> 0 < 10; p += 1) {
        millisecond += (bytes[p]! - 0x30) * scale;
        scale = Math.floor(scale / 10);
      }
    }
  }
  let offsetMinutes = 0;
  if (p < to && (bytes[p]! | 0x20) === 0x7a) {
    p += 1;
  } else if (p < to && (bytes[p] === 0x2b || bytes[p] === 0x2d)) {
    const sign = bytes[p] === 0x2b ? 1 : -1;
    const offsetHour = digits(bytes, p + 1, 2);
    p += 3;
    if (p < to && bytes[p] === 0x3a) p += 1;
    const offsetMinute = p + 2 <= to ? digits(bytes, p, 2) : -1;
    if (offsetHour < 0 || offsetMinute < 0) return -1;
    offsetMinutes = sign * (offsetHour * 60 + offsetMinute);
    p += 2;
  }
  if (p !== to) return -1;
  const ms = daysSinceEpoch(year, month, day) * dayMs + (hour * 60 + minute - offsetMinutes) * 60_000;
  return Math.max(-1, ms + second * 1000 + millisecond);
}

function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let p = at; p < at + count; p += 1) {
    const digit = bytes[p]! - 0x30;
    if (digit >>> 0 > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar; years start in March so that leap days come last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
