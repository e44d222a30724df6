/** Minutes that local clocks are ahead of UTC at an instant; constant but for single jumps at least three days apart. */
export type OffsetAt = (utcMs: number) => number;

export const utc: OffsetAt = () => 0;

/**
 * The clock of a zone by its name in the IANA database, with summer time; undefined for a name that is not known. What the
 * database says comes with the engine, so the same version gives the same answers.
 */
export function offsetOfZone(name: string): OffsetAt | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  } catch {
    return undefined;
  }
  return (utcMs) => {
    // `GMT`, `GMT+05:30`, `GMT-03:00`.
    const text = format.formatToParts(utcMs).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign, hours, minutes] = /^GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
    return sign === undefined ? 0 : (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
}
