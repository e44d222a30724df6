const year2000Ms = 946_684_800_000;
const year2100Ms = 4_102_444_800_000;

/**
 * When a list says it was made, in milliseconds; undefined for what is no time of this century. Without a zone it is UTC.
 * @example listDate("2026-11-20 10:00:00") // of Amazon `2026-11-20-10-00-00`, of Spamhaus `Fri, 20 Nov 2026 10:00:00 GMT`
 */
export function listDate(value: unknown): number | undefined {
  if (typeof value === "number") return inCentury(value < year2000Ms / 10 ? value * 1000 : value);
  if (typeof value !== "string") return undefined;
  if (value.length > 100) return undefined;
  const text = value.replaceAll(/[()]/g, "").trim();
  if (/^[0-9]{10}([0-9]{3})?$/.test(text)) return listDate(Number(text));
  const [, day, time, fraction = "", zone] =
    /^([0-9]{4}[-/][0-9]{2}[-/][0-9]{2})(?:[T -]([0-9]{2}[:-][0-9]{2}[:-][0-9]{2})(\.[0-9]+)?)?\s*(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?$/i.exec(
      text,
    ) ?? [];
  if (day === undefined) {
    // The form of mail and HTTP names its zone; other forms would be read in the machine's own.
    return /(GMT|UTC|[+-][0-9]{4})$/.test(text) ? inCentury(Date.parse(text)) : undefined;
  }
  const offset = zone === undefined || /^(Z|UTC|GMT)$/i.test(zone) ? "Z" : zone;
  const clock = (time ?? "00:00:00").replaceAll("-", ":");
  return inCentury(Date.parse(`${day.replaceAll("/", "-")}T${clock}${fraction.slice(0, 4)}${offset}`));
}

function inCentury(ms: number): number | undefined {
  return ms >= year2000Ms && ms < year2100Ms ? ms : undefined;
}
