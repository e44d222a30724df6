/** One way in which a clause is broken. */
export interface Breach {
  /** One sentence for people, lower case, no full stop. */
  readonly message: string;
  /** As written in the object, from 0; undefined where it is about no rule. */
  readonly rule: number | undefined;
}

/** Most breaches of one clause that are told one by one. */
export const mostBreaches = 20;

/** The first ones, and how many more there are. */
export function told(breaches: readonly Breach[]): readonly Breach[] {
  if (breaches.length <= mostBreaches) return breaches;
  const more = breaches.length - mostBreaches + 1;
  return [...breaches.slice(0, mostBreaches - 1), { message: `and ${more} more like these`, rule: undefined }];
}
