import { useEffect, useSyncExternalStore } from "react";
import type { ServerEvent } from "../../../app/wire/events.ts";
import { followStream } from "./event-stream.ts";
import { NewsFollower } from "./follow-news.ts";
import { queryClient } from "./queries.ts";
import { sessionKey } from "./session.ts";

export type Connection = "connecting" | "open" | "lost";
export type Progress = Extract<ServerEvent, { type: "progress" }>;

/** Areas whose answers are old after an event. */
const areasOf: Readonly<Record<ServerEvent["type"], readonly string[]>> = {
  proposal: ["proposals", "overview", "namespaces", "rules", "audit"],
  traffic: ["overview", "traffic", "namespaces"],
  namespace: ["namespaces", "overview", "rules"],
  sources: ["sources", "overview"],
  settings: ["settings"],
  progress: [],
};

let connection: Connection = "connecting";
const progress = new Map<string, Progress>();
const hearers = new Set<() => void>();
const eventHearers = new Set<(event: ServerEvent) => void>();

function tellAll(): void {
  for (const hear of hearers) hear();
}

function subscribe(hear: () => void): () => void {
  hearers.add(hear);
  return () => hearers.delete(hear);
}

function setConnection(next: Connection): void {
  if (next === connection) return;
  // What happened while nobody listened is not told again.
  if (connection === "lost" && next === "open") void queryClient.invalidateQueries();
  connection = next;
  tellAll();
}

/** A picture that somebody looks at does not change under them with every flow. */
function isMap(queryKey: readonly unknown[]): boolean {
  return typeof queryKey[1] === "string" && queryKey[1].endsWith("/flow-map");
}

/** The middle of a long list is not pulled away either; its beginning is what follows. */
function isFarDown(queryKey: readonly unknown[]): boolean {
  return queryKey[3] === "page" && queryKey[4] !== 0;
}

/** Whatever the traffic of a moment changes, as often as it is worth it. */
const traffic = new NewsFollower({
  refresh: (area) =>
    void queryClient.invalidateQueries({
      predicate: ({ queryKey }) => queryKey[0] === area && !isMap(queryKey) && !isFarDown(queryKey),
    }),
  isBusy: (area) => queryClient.isFetching({ queryKey: [area] }) > 0,
  // A namespace takes the server longer to say.
  pauseMs: (area) => (area === "namespaces" ? 5_000 : 1_000),
  nowMs: () => Date.now(),
});

function take(event: ServerEvent): void {
  if (event.type === "progress") {
    progress.set(event.task, event);
    tellAll();
  }
  for (const area of areasOf[event.type]) {
    if (event.type === "traffic") traffic.hear(area);
    else
      void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === area && !isFarDown(queryKey) });
  }
  for (const hear of eventHearers) hear(event);
}

/** Listens as long as somebody is signed in. */
export function useLiveEvents(isSignedIn: boolean): void {
  useEffect(() => {
    if (!isSignedIn) return undefined;
    const stop = followStream("/api/v1/events", {
      onOpen: () => {
        setConnection("open");
      },
      onLost: () => {
        setConnection("lost");
      },
      // Whoever is signed out is told so by the answer.
      onRefused: () => void queryClient.invalidateQueries({ queryKey: sessionKey }),
      onMessage: (data) => {
        try {
          take(JSON.parse(data) as ServerEvent);
        } catch {
          // Not one of ours; the next one may be.
        }
      },
      onReset: () => void queryClient.invalidateQueries(),
    });
    return () => {
      stop();
      traffic.stop();
      connection = "connecting";
    };
  }, [isSignedIn]);
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => connection);
}

/** How far long work is, by the task's name; undefined when nothing was heard of it. */
export function useProgress(task: string): Progress | undefined {
  return useSyncExternalStore(subscribe, () => progress.get(task));
}

/** @param hear must be stable */
export function useServerEvent(hear: (event: ServerEvent) => void): void {
  useEffect(() => {
    eventHearers.add(hear);
    return () => {
      eventHearers.delete(hear);
    };
  }, [hear]);
}
