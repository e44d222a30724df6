export interface StreamEnds {
  readonly onOpen: () => void;
  readonly onLost: () => void;
  /** The server ended the stream, or answered with something that is none: perhaps it stops, perhaps the session is over. */
  readonly onRefused: () => void;
  readonly onMessage: (data: string) => void;
  /** Something was missed. */
  readonly onReset: () => void;
}

/** A page that nobody looks at gives its connection back: browsers have six for a server, over all of its tabs. */
const hiddenMs = 10_000;

/** A server gives a sign of life every 25 seconds: after more than two of them are missing, nobody is there, whatever the connection says. */
const silentMs = 60_000;

/** Spread, so that all the open pages do not come at once when a server is back. */
export function retryAfterMs(failures: number, random: number): number {
  return Math.min(30_000, 1_000 * 2 ** failures) * (0.5 + random / 2);
}

/**
 * Listens to the server for as long as the page is in sight. A connection that breaks is mended by the browser itself; an answer that is
 * no stream, such as the 503 of a proxy while the server starts anew, ends it for the browser, and is tried again here.
 */
export function followStream(url: string, ends: StreamEnds): () => void {
  let source: EventSource | undefined;
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let leaving: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let givesSigns = false;

  const close = (): void => {
    clearTimeout(retry);
    clearTimeout(silence);
    source?.close();
    source = undefined;
  };
  const open = (): void => {
    close();
    const own = new EventSource(url);
    source = own;
    givesSigns = false;
    const watch = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        own.close();
        ends.onLost();
        comeBack();
      }, silentMs);
    };
    watch();
    own.addEventListener("open", () => {
      failures = 0;
      // Until the first sign: not every server gives them.
      clearTimeout(silence);
      ends.onOpen();
    });
    own.addEventListener("error", () => {
      if (own !== source) return;
      ends.onLost();
      if (own.readyState === EventSource.CLOSED) comeBack();
    });
    own.addEventListener("beat", () => {
      givesSigns = true;
      watch();
    });
    own.addEventListener("message", ({ data }: MessageEvent<string>) => {
      if (givesSigns) watch();
      ends.onMessage(data);
    });
    own.addEventListener("reset", ends.onReset);
    own.addEventListener("end", () => {
      own.close();
      ends.onLost();
      comeBack();
    });
  };
  const comeBack = (): void => {
    clearTimeout(silence);
    ends.onRefused();
    clearTimeout(retry);
    retry = setTimeout(open, retryAfterMs(failures, Math.random()));
    failures += 1;
  };
  const look = (): void => {
    clearTimeout(leaving);
    if (document.visibilityState === "visible") {
      if (source === undefined) open();
      return;
    }
    leaving = setTimeout(() => {
      close();
      ends.onLost();
    }, hiddenMs);
  };
  const stop = (): void => {
    document.removeEventListener("visibilitychange", look);
    clearTimeout(leaving);
    close();
  };
  document.addEventListener("visibilitychange", look);
  open();
  return stop;
}
