import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { followStream, retryAfterMs } from "./event-stream.ts";

test.each([
  [0, 0, 500],
  [0, 1, 1_000],
  [3, 0.5, 6_000],
  [40, 0, 15_000],
  [40, 1, 30_000],
])("after %i failures, by chance %d, it is tried again in %i ms", (failures, random, ms) => {
  expect(retryAfterMs(failures, random)).toBe(ms);
});

describe("a server of which nothing is heard any more, without the connection ending", () => {
  class Stream extends EventTarget {
    static readonly CLOSED = 2;
    static readonly opened: Stream[] = [];
    readyState = 0;
    readonly url: string;
    constructor(url: string) {
      super();
      this.url = url;
      Stream.opened.push(this);
    }
    hear(type: string): void {
      this.dispatchEvent(new Event(type));
    }
    close(): void {
      this.readyState = Stream.CLOSED;
    }
  }
  let heard: string[] = [];
  let stop: () => void;
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", Stream);
    vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
    Stream.opened.length = 0;
    heard = [];
    stop = followStream("/events", {
      onOpen: () => heard.push("open"),
      onLost: () => heard.push("lost"),
      onRefused: () => {},
      onMessage: () => {},
      onReset: () => {},
    });
  });
  afterEach(() => {
    stop();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
  const minuteMs = 60_000;

  test("is lost a minute after its last sign of life, and is asked again", () => {
    const [stream] = Stream.opened;
    stream?.hear("open");
    stream?.hear("beat");
    vi.advanceTimersByTime(minuteMs - 1);
    stream?.hear("beat");
    vi.advanceTimersByTime(minuteMs - 1);
    stream?.hear("message");
    vi.advanceTimersByTime(minuteMs - 1);
    expect(heard).toEqual(["open"]);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual(["open", "lost"]);
    expect(stream?.readyState).toBe(Stream.CLOSED);
    vi.advanceTimersByTime(1_000);
    Stream.opened[1]?.hear("open");
    expect(heard).toEqual(["open", "lost", "open"]);
  });

  test("is lost when it never opens", () => {
    vi.advanceTimersByTime(minuteMs);
    expect(heard).toEqual(["lost"]);
    vi.advanceTimersByTime(1_000);
    expect(Stream.opened).toHaveLength(2);
  });

  test("is left alone when it gives no signs of life, or when the page is gone", () => {
    const [stream] = Stream.opened;
    stream?.hear("open");
    vi.advanceTimersByTime(10 * minuteMs);
    stream?.hear("beat");
    stop();
    vi.advanceTimersByTime(10 * minuteMs);
    expect(heard).toEqual(["open"]);
    expect(Stream.opened).toHaveLength(1);
  });
});
