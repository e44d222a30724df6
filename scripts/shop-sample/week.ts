/** The recorded week: Monday 2 March 2026, 00:00 UTC, up to and including Sunday 8 March. */
export const secondMs = 1000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export const weekStartMs = Date.UTC(2026, 2, 2);
export const weekEndMs = weekStartMs + 7 * dayMs;
export const hoursInWeek = 7 * 24;

/** The dump of the cluster's objects was taken on the Monday morning after. */
export const dumpTakenMs = weekEndMs + 7.5 * hourMs;

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** `at("wed 10:12")` or `at("thu 02:11:07")`, in milliseconds since the epoch, UTC. */
export function at(when: `${(typeof days)[number]} ${string}`): number {
  const [day = "", time = ""] = when.split(" ");
  const [hours = 0, minutes = 0, seconds = 0] = time.split(":").map(Number);
  const index = days.indexOf(day as (typeof days)[number]);
  if (index < 0 || Number.isNaN(hours + minutes + seconds)) throw new Error(`not a time of the week: \`${when}\``);
  return weekStartMs + index * dayMs + hours * hourMs + minutes * minuteMs + seconds * secondMs;
}

/** Share of a day's traffic in each hour of the day (UTC), and how busy each day of the week is. */
interface Rhythm {
  readonly byHour: readonly number[];
  readonly byDay: readonly number[];
}

const allDays = [1, 1, 1, 1, 1, 1, 1];

export const rhythms = {
  /** People buy during the day, most in the evening; a little more at the weekend. */
  shop: {
    byHour: [3, 2, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 14, 13, 12, 12, 13, 15, 18, 20, 19, 15, 10, 6],
    byDay: [0.9, 0.85, 0.9, 0.95, 1.1, 1.25, 1.2],
  },
  /** People build software in office hours, from Monday to Friday. */
  office: {
    byHour: [0, 0, 0, 0, 0, 0, 1, 5, 10, 12, 12, 9, 7, 11, 12, 11, 8, 4, 1, 0, 0, 0, 0, 0],
    byDay: [1, 1.1, 1.2, 1, 0.8, 0, 0],
  },
  /** Machines talk all day. */
  steady: { byHour: Array.from({ length: 24 }, () => 1), byDay: allDays },
} as const satisfies Record<string, Rhythm>;

export type RhythmName = keyof typeof rhythms;

/** Expected events in one hour of the week, when `perDay` are expected on an ordinary day. */
export function expectedInHour(name: RhythmName, perDay: number, hourOfWeek: number): number {
  const { byHour, byDay } = rhythms[name] as Rhythm;
  const sum = byHour.reduce((total, share) => total + share, 0);
  return (perDay * (byDay[Math.floor(hourOfWeek / 24)] ?? 0) * (byHour[hourOfWeek % 24] ?? 0)) / sum;
}
