import type { ServerEvent } from "../wire/events.ts";
import type { NamespaceRef } from "../wire/list.ts";

/** What happened, for pages that are open. Told within this process; other replicas hear through the state. */
export interface ServerEvents {
  /** @param where who may see it: undefined for everybody */
  tell(event: ServerEvent, where: NamespaceRef | undefined): void;
  /** Something was told elsewhere that was not heard here. */
  missed(): void;
  /** @returns stops listening */
  listen(hear: (event: ServerEvent, where: NamespaceRef | undefined) => void, onMissed?: () => void): () => void;
}

/** Listeners of one process; one that throws does not keep the others from hearing. */
export function serverEvents(): ServerEvents {
  const listeners = new Set<(event: ServerEvent, where: NamespaceRef | undefined) => void>();
  const missers = new Map<unknown, () => void>();
  return {
    tell: (event, where) => {
      for (const hear of listeners) {
        try {
          hear(event, where);
        } catch {
          // A page that is gone; its connection's end is told to whoever opened it.
        }
      }
    },
    missed: () => {
      for (const onMissed of missers.values()) onMissed();
    },
    listen: (hear, onMissed) => {
      listeners.add(hear);
      if (onMissed !== undefined) missers.set(hear, onMissed);
      return () => {
        listeners.delete(hear);
        missers.delete(hear);
      };
    },
  };
}
