import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { followTyping, type Followed } from "./follow-typing.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A server that answers when told to, and what the page saw. */
function scene(): {
  readonly asked: {
    text: string;
    signal: AbortSignal;
    answer: (value: string) => void;
    fail: (cause: Error) => void;
  }[];
  readonly seen: Followed<string>[];
  readonly follower: ReturnType<typeof followTyping<string>>;
} {
  const asked: ReturnType<typeof scene>["asked"] = [];
  const seen: Followed<string>[] = [];
  const follower = followTyping<string>({
    text: "a",
    quietMs: 300,
    ask: (text, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      asked.push({ text, signal, answer: resolve, fail: reject });
      return promise;
    },
    explain: (cause) => (cause as Error).message,
    changed: (state) => seen.push(state),
  });
  return { asked, seen, follower };
}

test("typing fast asks once, when it pauses", async () => {
  const { asked, follower } = scene();
  for (const text of ["ab", "abc", "abcd"]) {
    follower.type(text);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(asked.map(({ text }) => text)).toEqual(["a"]);
  await vi.advanceTimersByTimeAsync(300);
  expect(asked.map(({ text }) => text)).toEqual(["a", "abcd"]);
  expect(asked[0]!.signal.aborted).toBe(true);
});

test("an answer to a text that was typed over is dropped, and the one before stays shown", async () => {
  const { asked, follower } = scene();
  asked[0]!.answer("of a");
  await vi.advanceTimersByTimeAsync(0);
  follower.type("ab");
  await vi.advanceTimersByTimeAsync(300);
  follower.type("abc");
  asked[1]!.answer("of ab");
  await vi.advanceTimersByTimeAsync(0);
  expect(follower.state()).toMatchObject({ text: "abc", answer: { text: "a", value: "of a" }, isBehind: true });
  await vi.advanceTimersByTimeAsync(300);
  asked[2]!.answer("of abc");
  await vi.advanceTimersByTimeAsync(0);
  expect(follower.state()).toMatchObject({ answer: { text: "abc", value: "of abc" }, isBehind: false });
});

test("typing back to what was answered asks nothing", async () => {
  const { asked, follower } = scene();
  asked[0]!.answer("of a");
  await vi.advanceTimersByTimeAsync(0);
  follower.type("ab");
  follower.type("a");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(1);
  expect(follower.state()).toMatchObject({ isBehind: false });
});

test("a failure is told beside the last answer, and asking again mends it", async () => {
  const { asked, follower } = scene();
  asked[0]!.answer("of a");
  await vi.advanceTimersByTimeAsync(0);
  follower.type("ab");
  await vi.advanceTimersByTimeAsync(300);
  asked[1]!.fail(new Error("the server is gone"));
  await vi.advanceTimersByTimeAsync(0);
  expect(follower.state()).toMatchObject({ failure: "the server is gone", answer: { text: "a" }, isBehind: false });
  follower.retry();
  asked[2]!.answer("of ab");
  await vi.advanceTimersByTimeAsync(0);
  expect(follower.state()).toMatchObject({ failure: undefined, answer: { text: "ab" }, isBehind: false });
});

test("once stopped it says nothing more", async () => {
  const { asked, seen, follower } = scene();
  follower.stop();
  asked[0]!.answer("of a");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seen).toEqual([]);
});
