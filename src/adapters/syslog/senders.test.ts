import fc from "fast-check";
import { expect, test } from "vitest";
import { verdict } from "../../pipeline/sources/observation.ts";
import { Senders } from "./senders.ts";

const flow = (port: number): string =>
  `tcp,nw_src=10.128.2.7,nw_dst=198.51.100.4,tp_src=${port},tp_dst=443,tcp_flags=syn`;
const line = (port: number, said: string, timed = true): Uint8Array => {
  const time = timed ? `${new Date(1_700_000_000_000 + port * 1000).toISOString()}|` : "ovs|";
  return Buffer.from(
    `<134>${time}00004|acl_log(ovn_pinctrl0)|INFO|name="EF:shop:0", verdict=${said}, severity=info, direction=to-lport: ${flow(port)}`,
  );
};

const ping = Buffer.from(
  '<134>ovs|00004|acl_log(ovn_pinctrl0)|INFO|name="EF:shop:0", verdict=allow, severity=info, direction=to-lport: icmp,nw_src=10.128.2.7,nw_dst=198.51.100.4,icmp_type=8,icmp_code=0',
);

interface Taken {
  readonly ports: number[];
  readonly verdicts: Set<number>;
  readonly senders: Senders;
}

function take(nowMs = (): number => 0): Taken {
  const ports: number[] = [];
  const verdicts = new Set<number>();
  const hands = {
    take: (o: { sourcePort: number; verdict: number }) => {
      ports.push(o.sourcePort);
      verdicts.add(o.verdict);
    },
    malformed: (reason: string) => {
      throw new Error(reason);
    },
  };
  return { ports, verdicts, senders: new Senders(hands as unknown as ConstructorParameters<typeof Senders>[0], nowMs) };
}

test("what one packet causes is joined, however its lines fall between two looks", () => {
  const looks = fc.array(fc.constantFrom("none", "between", "behind", "both"), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(looks, fc.boolean(), (kinds, isTimed) => {
      const { ports, verdicts, senders } = take();
      for (const [index, kind] of kinds.entries()) {
        senders.take("10.0.0.1", line(index + 1, "allow", isTimed));
        if (kind === "between" || kind === "both") senders.settle();
        senders.take("10.0.0.1", line(index + 1, "drop", isTimed));
        if (kind === "behind" || kind === "both") senders.settle();
      }
      senders.finish();
      expect(ports).toEqual(kinds.map((_, index) => index + 1));
      expect([...verdicts]).toEqual([verdict.denied]);
    }),
  );
});

test("nodes are heard apart, and whoever has been silent longest is forgotten first", () => {
  const { ports, verdicts, senders } = take();
  for (let i = 1; i <= 2000; i += 1) senders.take(`node-${i}`, line(i, "allow"));
  for (let i = 1; i <= 2000; i += 1) senders.take(`node-${i}`, line(i, "drop"));
  senders.finish();
  // Two lines of one packet: those of who was forgotten in between could not be joined.
  expect(ports).toHaveLength(4000);
  expect(verdicts).toEqual(new Set([verdict.allowed, verdict.denied]));
});

test("lines without a time are sessions by when they came", () => {
  let nowMs = 1_700_000_000_000;
  let counted = 0;
  const hands = { take: ({ flows }: { flows: number }) => void (counted += flows), malformed: () => undefined };
  const senders = new Senders(hands as unknown as ConstructorParameters<typeof Senders>[0], () => nowMs);
  for (const waitMs of [0, 1000, 59_000, 61_000, 1000]) {
    nowMs += waitMs;
    senders.take("10.0.0.1", ping);
    senders.finish();
  }
  expect(counted).toBe(2);
});

test("a sender without a pause holds its lines back for two looks at most", () => {
  const { ports, senders } = take();
  // Of one moment, so that no line says that those before it have no more to come.
  const atOnce = (port: number): Uint8Array =>
    Buffer.from(Buffer.from(line(1, "allow")).toString().replace("tp_src=1,", `tp_src=${port},`));
  for (let port = 1; port <= 10; port += 1) {
    senders.take("10.0.0.1", atOnce(port));
    senders.settle();
  }
  expect(ports).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a session is its sender's, who may be forgotten meanwhile", () => {
  let counted = 0;
  const hands = { take: ({ flows }: { flows: number }) => void (counted += flows), malformed: () => undefined };
  const senders = new Senders(hands as unknown as ConstructorParameters<typeof Senders>[0], () => 1_700_000_000_000);
  for (let node = 0; node <= 1100; node += 1) senders.take(`node-${node}`, ping);
  senders.take("node-0", ping);
  senders.finish();
  expect(counted).toBe(1101);
});
