/** One step of the schema. INVARIANT (frozen): a released migration is never edited; a later one mends it. */
export interface Migration {
  /** 1, 2, 3, … without gaps. */
  readonly number: number;
  readonly name: string;
  /** Run in order, in one transaction with the record of the migration. Without parameters. */
  readonly statements: readonly string[];
}
