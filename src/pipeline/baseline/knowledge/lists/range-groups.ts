import { type Cidr, ipSetOfAll, toCidrs } from "../../../../core/net/ip-set.ts";
import { fail, ok, type Result } from "../../../../core/result.ts";
import type { RangeGroup } from "../knowledge.ts";
import { cut, type ListTrouble, mostEntries, readBlock, trouble } from "./list-trouble.ts";

/** Gathers blocks by service and region, until the first one that is none. */
export class RangeGroups {
  readonly #provider: string;
  readonly #groups = new Map<string, { service: string; region: string; cidrs: Cidr[] }>();
  #count = 0;
  #trouble: ListTrouble | undefined;

  constructor(provider: string) {
    this.#provider = cut(provider);
  }

  /** `GLOBAL` and `global` are no regions. */
  add(block: unknown, place: () => string, service: unknown = "", region: unknown = ""): void {
    if (this.#trouble !== undefined) return;
    this.#count += 1;
    const read =
      this.#count > mostEntries
        ? trouble("list_too_long", `more than ${mostEntries.toLocaleString("en-US")} blocks`, place())
        : typeof service !== "string" || typeof region !== "string"
          ? trouble("list_format", "service and region are to be texts", place())
          : readBlock(block, place());
    if (!read.ok) this.#trouble = read.error;
    else this.#put(read.value, cut(service as string), cut(region as string));
  }

  #put(cidr: Cidr, service: string, given: string): void {
    const region = given.toLowerCase() === "global" ? "" : given;
    const key = `${service}\n${region}`;
    const known = this.#groups.get(key);
    if (known === undefined) this.#groups.set(key, { service, region, cidrs: [cidr] });
    else known.cidrs.push(cidr);
  }

  finish(): Result<readonly RangeGroup[], ListTrouble> {
    if (this.#trouble !== undefined) return fail(this.#trouble);
    if (this.#groups.size === 0) return trouble("list_empty", "it has no blocks");
    return ok(
      [...this.#groups]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { service, region, cidrs }]) => ({
          provider: this.#provider,
          service,
          region,
          cidrs: toCidrs(ipSetOfAll(cidrs)),
        })),
    );
  }
}
