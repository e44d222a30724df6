import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import type { EdgeStore } from "../history/edge-store.ts";
import type { ServerEvents } from "./server-events.ts";

interface Sums {
  readonly cluster: string;
  readonly namespace: string;
  flows: number;
  denied: number;
}

/** Beyond this many namespaces at a time, pages look at what they show without being told which. */
const mostNamespaces = 2_000;

/** What was stored since pages were last told: they hear of each namespace with the flows that came. */
export class TrafficNews {
  readonly #events: ServerEvents;
  #sums = new Map<string, Sums>();

  constructor(events: ServerEvents) {
    this.#events = events;
  }

  /** A store whose new batches are told about. */
  watch(store: Pick<EdgeStore, "append">): Pick<EdgeStore, "append"> {
    return {
      append: async (batches) => {
        const answers = await store.append(batches);
        for (const [i, batch] of batches.entries()) if (answers[i] === "stored") this.#note(batch);
        return answers;
      },
    };
  }

  /** Called about once a second. A namespace is told to those who may see it. */
  tell(): void {
    const sums = this.#sums;
    if (sums.size === 0) return;
    this.#sums = new Map();
    for (const { cluster, namespace, flows, denied } of sums.values()) {
      this.#events.tell(
        { type: "traffic", namespaces: [{ cluster, namespace, flows, denied }] },
        { cluster, namespace },
      );
    }
  }

  #note({ owners, edges }: SealedBatch): void {
    for (const { owner, flows, verdict } of edges) {
      const { cluster, namespace } = owners[owner]!;
      const key = `${cluster}\0${namespace}`;
      let sums = this.#sums.get(key);
      if (sums === undefined) {
        if (this.#sums.size >= mostNamespaces) continue;
        sums = { cluster, namespace, flows: 0, denied: 0 };
        this.#sums.set(key, sums);
      }
      sums.flows += flows;
      if (verdict === "denied") sums.denied += flows;
    }
  }
}
