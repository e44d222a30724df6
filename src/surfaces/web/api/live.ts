import { useEffect, useSyncExternalStore } from "react";
import type { ServerEvent } from "../../../app/wire/events.ts";
import { queryClient, signedOut } from "./queries.ts";

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

/** A namespace takes the server longer to say, and traffic comes every second. */
const pauseMs = 5_000;
let namespacesAskedMs = 0;

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

function take(event: ServerEvent): void {
  if (event.type === "progress") {
    progress.set(event.task, event);
    tellAll();
  }
  const isTraffic = event.type === "traffic";
  for (const area of areasOf[event.type]) {
    if (isTraffic && area === "namespaces") {
      if (Date.now() < namespacesAskedMs + pauseMs) continue;
      namespacesAskedMs = Date.now();
    }
    void queryClient.invalidateQueries({
      predicate: ({ queryKey }) => queryKey[0] === area && !(isTraffic && isMap(queryKey)) && !isFarDown(queryKey),
    });
  }
  for (const hear of eventHearers) hear(event);
}

/** Listens as long as the page is open; the browser itself connects again. */
export function useLiveEvents(isSignedIn: boolean): void {
  useEffect(() => {
    if (!isSignedIn) return undefined;
    const source = new EventSource("/api/v1/events");
    source.addEventListener("open", () => {
      setConnection("open");
    });
    source.addEventListener("error", () => {
      setConnection("lost");
    });
    const hear = ({ data }: MessageEvent<string>): void => {
      try {
        take(JSON.parse(data) as ServerEvent);
      } catch {
        // Not one of ours; the next one may be.
      }
    };
    source.addEventListener("message", hear);
    // Something was missed meanwhile: everything is asked anew.
    source.addEventListener("reset", () => void queryClient.invalidateQueries());
    source.addEventListener("end", () => {
      source.close();
      signedOut.dispatchEvent(new Event("signed-out"));
    });
    return () => {
      source.close();
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
