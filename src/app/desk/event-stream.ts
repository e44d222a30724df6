import type { Access } from "../access/access.ts";
import type { Principal } from "../access/principal.ts";
import type { ServerEvent } from "../wire/events.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { ServerEvents } from "./server-events.ts";

export interface Follower {
  /** In the order in which they were told. */
  event(id: string, event: ServerEvent): void;
  /** Something was told that cannot be told again. */
  missed(id: string): void;
}

interface Told {
  readonly number: number;
  readonly event: ServerEvent;
  readonly where: NamespaceRef | undefined;
}

const mostKept = 1_000;
/** Events that wait until it is known whether somebody may see them. */
const mostWaiting = 500;

/** Events with numbers, for followers that may have been away for a moment; each is told only what they may see. */
export class EventStream {
  readonly #access: Access;
  readonly #name: string;
  readonly #kept: Told[] = [];
  readonly #followers = new Set<(told: Told) => void>();
  readonly #resets = new Set<() => void>();
  readonly #stop: () => void;
  #last = 0;

  /** @param name of this run of the process: numbers of another one mean nothing here */
  constructor(events: ServerEvents, access: Access, name: string) {
    this.#access = access;
    this.#name = name;
    this.#stop = events.listen(
      (event, where) => {
        this.#last += 1;
        const told: Told = { number: this.#last, event, where };
        this.#kept.push(told);
        if (this.#kept.length > mostKept) this.#kept.shift();
        for (const hear of this.#followers) hear(told);
      },
      () => {
        // Whoever comes back with a number of before has missed it too.
        this.#last += 1;
        this.#kept.length = 0;
        for (const reset of this.#resets) reset();
      },
    );
  }

  /** @param lastId the last one that this follower had; undefined: it is new. @returns stops following */
  follow(who: Principal, lastId: string | undefined, follower: Follower): () => void {
    let isGone = false;
    let waiting = 0;
    let chain: Promise<void> = Promise.resolve();
    const hear = (told: Told): void => {
      if (isGone) return;
      if (waiting >= mostWaiting) {
        isGone = true;
        this.#followers.delete(hear);
        follower.missed(this.#idOf(told.number));
        return;
      }
      waiting += 1;
      const before = chain;
      const give = async (): Promise<void> => {
        await before;
        const seen = await visible(this.#access, who, told).catch(() => undefined);
        waiting -= 1;
        if (seen !== undefined && !isGone) follower.event(this.#idOf(told.number), seen);
      };
      chain = give();
    };
    this.#catchUp(lastId, hear, follower);
    this.#followers.add(hear);
    const reset = (): void => follower.missed(this.#idOf(this.#last));
    this.#resets.add(reset);
    return () => {
      isGone = true;
      this.#followers.delete(hear);
      this.#resets.delete(reset);
    };
  }

  close(): void {
    this.#stop();
    this.#followers.clear();
    this.#resets.clear();
  }

  #catchUp(lastId: string | undefined, hear: (told: Told) => void, follower: Follower): void {
    if (lastId === undefined) return;
    const [, name, text] = /^([0-9a-f]+)-(\d{1,15})$/.exec(lastId) ?? [];
    const number = Number(text);
    const oldest = this.#kept[0]?.number ?? this.#last + 1;
    if (name !== this.#name || number > this.#last || number < oldest - 1) {
      follower.missed(this.#idOf(this.#last));
      return;
    }
    for (const told of this.#kept) if (told.number > number) hear(told);
  }

  #idOf(number: number): string {
    return `${this.#name}-${number}`;
  }
}

/** The event as this principal may see it; undefined: not at all. */
async function visible(access: Access, who: Principal, { event, where }: Told): Promise<ServerEvent | undefined> {
  if (where !== undefined && !(await access.may(who, "view", where))) return undefined;
  switch (event.type) {
    case "traffic": {
      const seen = await access.among(who, "view", event.namespaces);
      if (seen === "all") return event;
      const names = new Set(seen.map(({ cluster, namespace }) => `${cluster}/${namespace}`));
      const namespaces = event.namespaces.filter(({ cluster, namespace }) => names.has(`${cluster}/${namespace}`));
      return namespaces.length === 0 ? undefined : { ...event, namespaces };
    }
    case "proposal":
    case "namespace":
      // Said again here, should whoever tells forget the place.
      return where !== undefined || (await access.may(who, "view", event)) ? event : undefined;
    default:
      return event;
  }
}
