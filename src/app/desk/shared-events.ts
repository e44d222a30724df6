import { z } from "zod";
import { mostNoticeBytes, type Notices } from "../state/notices.ts";
import { type ServerEvent, serverEvent } from "../wire/events.ts";
import { type NamespaceRef, namespaceRef } from "../wire/list.ts";
import { type ServerEvents, serverEvents } from "./server-events.ts";

const told = z.object({ event: serverEvent, where: namespaceRef.optional() });

/** Namespaces of one notice about traffic: names have up to 63 characters, clusters up to 253. */
const mostPlaces = 15;

/**
 * Events of this process and of all that share its state, until that is closed: a page that is open on one replica hears of what the other
 * does.
 */
export function sharedEvents(notices: Notices): ServerEvents {
  const local = serverEvents();
  notices.listen((text) => {
    if (text === undefined) {
      local.missed();
      return;
    }
    const heard = told.safeParse(jsonIn(text));
    // Another version of the server may tell what this one does not know.
    if (heard.success) local.tell(heard.data.event, heard.data.where);
  });
  return {
    ...local,
    tell: (event, where) => {
      local.tell(event, where);
      for (const part of partsOf(event)) tellOthers(notices, part, where);
    },
  };
}

function tellOthers(notices: Notices, event: ServerEvent, where: NamespaceRef | undefined): void {
  const text = JSON.stringify({ event, where });
  // What is too long for a notice is progress of long work with a long title: the next one is told again.
  if (Buffer.byteLength(text) <= mostNoticeBytes) notices.tell(text);
}

function* partsOf(event: ServerEvent): Generator<ServerEvent> {
  if (event.type !== "traffic" || event.namespaces.length <= mostPlaces) {
    yield event;
    return;
  }
  for (let at = 0; at < event.namespaces.length; at += mostPlaces) {
    yield { ...event, namespaces: event.namespaces.slice(at, at + mostPlaces) };
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
