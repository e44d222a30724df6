import { expect, test, vi } from "vitest";
import { lawJudge } from "../../src/app/law/make-law-judge.ts";
import { LawThread, type LawThreadOptions } from "../../src/main/law-thread.ts";
import { changeFor, end, firewall, judge, lawOf, storedLaw } from "./made-up.ts";

function thread(options: Partial<LawThreadOptions> = {}): LawThread {
  return new LawThread({ opa: undefined, memoryMib: 256, longestMs: 60_000, onTrouble: () => {}, ...options });
}

function falling(options: Partial<LawThreadOptions> = {}): LawThread {
  return thread({ entry: new URL("./falling-law-worker.ts", import.meta.url), ...options });
}

const law = lawOf(
  "- name: narrow\n  widestPrefix: { ipv4: 16, ipv6: 48 }\n- name: few\n  cel: { expression: 'object.spec.egress.size() < 9' }",
);

test("a thread says of a change what the law says here", async () => {
  const bench = thread();
  const judging = lawJudge({ bench, laws: () => Promise.resolve([storedLaw(law)]) });
  for (const manifest of [firewall(...end), firewall("Allow 192.0.0.0/8", ...end), "kind: List", ""]) {
    expect(await judging.judge(changeFor({ manifest }))).toEqual(await judge(law, { manifest }));
  }
  await bench.close();
});

test("a long policy does not keep the server's own thread", async () => {
  const bench = thread();
  const rules = Array.from(
    { length: 3_000 },
    (_, i) => `Allow 192.${i % 256}.${Math.floor(i / 256)}.0/24 tcp/${i + 1}`,
  );
  let turns = 0;
  let isDone = false;
  const turn = (): void => {
    turns += 1;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  const { verdicts } = await bench.judge([storedLaw(law)], changeFor({ manifest: firewall(...rules, ...end) }));
  isDone = true;
  expect(verdicts).toMatchObject([{ clause: "few" }]);
  expect(turns).toBeGreaterThan(100);
  await bench.close();
});

test.each([
  ["falls", "its judge fell, and the log says why", "the law's judge fell: Error: fell on purpose"],
  ["breaks", "its judge broke, and the log says why", "the law's judge broke: broke on purpose"],
])("a thread that %s refuses, and the next one answers", async (how, why, trouble) => {
  const onTrouble = vi.fn<(message: string) => void>();
  const bench = falling({ onTrouble });
  expect(await bench.judge([], changeFor({ namespace: how }))).toMatchObject({
    mayAutomate: false,
    verdicts: [
      { clause: "law-away", effect: "forbids", message: `the law cannot be asked, because ${why}: try again later` },
    ],
  });
  expect(onTrouble.mock.calls.map(([message]) => message).join("\n")).toContain(trouble);
  expect((await bench.judge([], changeFor({ namespace: "works" }))).verdicts).toEqual([]);
  await bench.close();
});

test("a thread that takes too long refuses, and so does one that is closed", async () => {
  const bench = falling({ longestMs: 200 });
  const late = await bench.judge([], changeFor({ namespace: "sleeps" }));
  expect(late.verdicts[0]?.message).toContain("it took too long");
  const waiting = bench.judge([], changeFor({ namespace: "sleeps" }));
  await bench.close();
  expect((await waiting).verdicts[0]?.message).toContain("the server is stopping");
  expect((await bench.judge([], changeFor({ namespace: "works" }))).verdicts).toMatchObject([{ effect: "forbids" }]);
});
