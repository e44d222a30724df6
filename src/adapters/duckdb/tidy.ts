import type { Client } from "./client.ts";
import type { OrderLimits } from "./config.ts";
import { type DayTable, dayTables } from "./day-tables.ts";
import { foldTail, mergeSteps, type MergeStep } from "./merge-unit.ts";
import { rolledBefore } from "./scope.ts";

/** Hours whose rows are counted. */
const mostHours = 100;

/** When somebody read at the wrong moment, it is tried again after so much of what was worth it. */
const againPart = 0.2;
/** Who writes, and who comes to read, waits so long for those who are reading. */
const patienceMs = 200;

/** Rows of one table by where they stand. */
interface Pending {
  readonly table: DayTable;
  tail: number;
  /** By hour: put in order a tail at a time, and not yet merged with the rest. */
  readonly unmerged: Map<number, number>;
}

/**
 * Keeps what comes now in order while it comes, in steps that are short enough to be made between two writes: a question reads a
 * short tail and few runs, however long an hour is already. What is known here is a guess that only decides when: it is
 * lost with the process, and `maintain` finds the rest.
 */
export class Tidy {
  readonly #client: Client;
  readonly #limits: OrderLimits;
  readonly #pending: readonly Pending[];
  #steps: AsyncGenerator<MergeStep, void, undefined> | undefined;
  /** Rows that were written anew since their room was given back, and how many are to be before that is tried. */
  #moved = 0;
  #movedAtMost: number;

  constructor(client: Client, limits: OrderLimits) {
    this.#client = client;
    this.#limits = limits;
    this.#movedAtMost = limits.movedRows;
    this.#pending = dayTables
      .filter(({ tail }) => tail !== undefined)
      .map((table) => ({ table, tail: limits.tailRows, unmerged: new Map() }));
  }

  /** Rows that were stored. */
  came({ edges, names }: { readonly edges: number; readonly names: number }): void {
    for (const pending of this.#pending) pending.tail += pending.table.tail === "edge_tail" ? edges : names;
  }

  /** Makes one step, where one is due. @returns whether there may be another */
  async step(): Promise<boolean> {
    if (this.#client.isClosing) return false;
    const steps = this.#steps;
    if (steps !== undefined) {
      // Should it fail it is over.
      this.#steps = undefined;
      const step = await steps.next();
      if (step.done !== true) {
        this.#moved += step.value.moved;
        this.#steps = steps;
      }
      return true;
    }
    if (this.#moved >= this.#movedAtMost) {
      await this.#giveRoomBack();
      return true;
    }
    const { tailRows, unmergedRows, unmergedPart, pieceRows } = this.#limits;
    for (const pending of this.#pending) {
      if (pending.tail >= tailRows) {
        pending.tail = 0;
        await this.#fold(pending);
        return true;
      }
      for (const [hour, rows] of pending.unmerged) {
        if (rows < unmergedRows) continue;
        const { name } = pending.table;
        const ordered = await this.#ordered(name, hour);
        if (rows < unmergedPart * ordered) continue;
        pending.unmerged.delete(hour);
        const unit = { from: hour, span: 1 } as const;
        const rolled = await this.#client.read(rolledBefore);
        this.#steps = mergeSteps(this.#client, pending.table, unit, { rolled, pieceRows });
        return true;
      }
    }
    return false;
  }

  async #giveRoomBack(): Promise<void> {
    const isDone = await this.#client.giveRoomBack(patienceMs);
    if (isDone) this.#moved = 0;
    this.#movedAtMost = this.#moved + this.#limits.movedRows * (isDone ? 1 : againPart);
  }

  async #fold({ table, unmerged }: Pending): Promise<void> {
    for (const [hour, rows] of await foldTail(this.#client, table)) {
      unmerged.set(hour, (unmerged.get(hour) ?? 0) + rows);
      this.#moved += rows;
    }
    // Late hours come and go; the upkeep puts them in order.
    while (unmerged.size > mostHours) unmerged.delete(Math.min(...unmerged.keys()));
  }

  /** Rows of an hour that were in order when it was last merged. */
  async #ordered(name: string, hour: number): Promise<number> {
    const [row] = await this.#client.read(async (snapshot) =>
      snapshot.rows(
        `SELECT sum(rows) AS n FROM merged WHERE name = '${name}' AND hour <= ${hour} AND hour + span > ${hour}`,
      ),
    );
    return row?.maybe("n") ?? 0;
  }
}
