import type { IpAddress } from "../../core/net/ip.ts";

const addressColumn = "address";

/** One row of an answer, column by column: what a column holds is known from the statement that asked. */
export class ResultRow {
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }

  text(column: string): string {
    const value = this.values[column];
    if (typeof value !== "string") throw new TypeError(`column ${column} is no text`);
    return value;
  }

  texts(column: string): readonly string[] {
    const value = this.values[column];
    if (!Array.isArray(value)) throw new TypeError(`column ${column} is no list`);
    return value.map(String);
  }

  /** Whole numbers of 64 and more bits lose what a double cannot hold. */
  number(column: string): number {
    const value = this.maybe(column);
    if (value === undefined) throw new TypeError(`column ${column} has no number`);
    return value;
  }

  /** Undefined for NULL. */
  maybe(column: string): number | undefined {
    const value = this.values[column];
    if (typeof value === "number") return value;
    if (typeof value === "bigint") return Number(value);
    if (value === null) return undefined;
    throw new TypeError(`column ${column} is no number`);
  }

  /** Of the columns `family` and `address`. */
  address(): IpAddress {
    const value = this.values[addressColumn];
    if (typeof value !== "bigint") throw new TypeError("column address is no address");
    return { family: this.number("family") === 4 ? 4 : 6, value };
  }
}
