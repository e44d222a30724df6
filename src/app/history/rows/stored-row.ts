import type { IpAddress } from "../../../core/net/ip.ts";
import type { BatchOwner } from "../../../pipeline/flows/sealed-batch.ts";

const addressColumn = "address";

/** One row of an answer, column by column: what a column holds is known from the statement that asked. */
export class StoredRow {
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }

  text(column: string): string {
    const value = this.values[column];
    if (typeof value !== "string") throw new TypeError(`column ${column} is no text`);
    return value;
  }

  /** Undefined for NULL. */
  maybeText(column: string): string | undefined {
    return this.values[column] === null ? undefined : this.text(column);
  }

  /** Empty for NULL. */
  maybeList(column: string): readonly unknown[] {
    return this.values[column] === null ? [] : this.list(column);
  }

  list(column: string): readonly unknown[] {
    const value = this.values[column];
    if (!Array.isArray(value)) throw new TypeError(`column ${column} is no list`);
    return value;
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
    if (value === null) return undefined;
    if (typeof value === "number") return value;
    if (typeof value === "bigint") return Number(value);
    throw new TypeError(`column ${column} is no number`);
  }

  /** Of the columns `family` and `address`, which is a whole number or its digits. */
  address(): IpAddress {
    const value = this.values[addressColumn];
    if (typeof value !== "bigint" && typeof value !== "string") throw new TypeError("column address is no address");
    return { family: this.number("family") === 4 ? 4 : 6, value: BigInt(value) };
  }

  /** Of the columns `cluster`, `namespace`, `kind` and `workload`. */
  owner(): BatchOwner {
    return {
      cluster: this.text("cluster"),
      namespace: this.text("namespace"),
      workload: { kind: this.text("kind"), name: this.text("workload") },
    };
  }
}
