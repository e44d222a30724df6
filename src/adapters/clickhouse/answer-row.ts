import type { IpAddress } from "../../core/net/ip.ts";

/** One row of an answer, column by column: what a column holds is known from the statement that asked. */
export class AnswerRow {
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }

  text(column: string): string {
    const value = this.values[column];
    if (typeof value !== "string") throw new TypeError(`column ${column} is no text`);
    return value;
  }

  list(column: string): readonly unknown[] {
    const value = this.values[column];
    if (!Array.isArray(value)) throw new TypeError(`column ${column} is no list`);
    return value;
  }

  number(column: string): number {
    const value = this.maybe(column);
    if (value === undefined) throw new TypeError(`column ${column} has no number`);
    return value;
  }

  /** Undefined for NULL. */
  maybe(column: string): number | undefined {
    const value = this.values[column];
    if (value === null) return undefined;
    if (typeof value === "number") return value;
    throw new TypeError(`column ${column} is no number`);
  }

  /** Of the column `family`, and `address_text`: a JSON number cannot hold it. */
  address(): IpAddress {
    return { family: this.number("family") === 4 ? 4 : 6, value: BigInt(this.text("address_text")) };
  }
}
