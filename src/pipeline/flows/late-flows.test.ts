/**
 * Attribution against the truth: pods that follow each other at the same addresses, told by nodes whose clocks differ, over a
 * watch that lags and breaks; flows that come minutes late. Judged by an obvious list of who really had what when.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type IpAddress, parseIp } from "../../core/net/ip.ts";
import { wordsOfAddress } from "./address-index.ts";
import { LiveCluster } from "./live-cluster.ts";

const second = 1_000;
const minute = 60 * second;
/** Clocks of two nodes differ by twice this at most. */
const maxSkewMs = 2 * second;
/** So near to the end or the beginning of a pod its clock, and seconds that are told as whole ones, decide. */
const nearMs = 2 * maxSkewMs + 2 * second;
/** How far from a pod's life its address is still taken for its own, where nobody else's is nearer. */
const [graceMs, skewMs] = [60 * second, 10 * second];
const epochMs = 1_700_000_000_000;

interface Tenancy {
  readonly uid: string;
  readonly name: string;
  readonly address: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly skewMs: number;
  /** Of a Job: its pod stays for a while as what has finished. */
  readonly staysMs: number;
}

interface Change {
  readonly atMs: number;
  readonly of: Tenancy;
  readonly what: "scheduled" | "running" | "finished" | "deleted";
}

const tenancy = fc.record({
  address: fc.nat(2),
  isNamedAlike: fc.boolean(),
  gapMs: fc.oneof(fc.integer({ min: 0, max: 3 * second }), fc.integer({ min: 0, max: 3 * minute })),
  lastsMs: fc.oneof(fc.integer({ min: second, max: 20 * second }), fc.integer({ min: second, max: 5 * minute })),
  skewMs: fc.integer({ min: -maxSkewMs, max: maxSkewMs }),
  staysMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 * minute })),
});
const flow = fc.record({
  of: fc.nat(),
  /** Where in the life of its pod it started. */
  thousandth: fc.nat(999),
  lateMs: fc.oneof(fc.integer({ min: 0, max: second }), fc.integer({ min: 0, max: 10 * minute })),
});
const world = fc.record({
  tenancies: fc.array(tenancy, { minLength: 1, maxLength: 15 }),
  flows: fc.array(flow, { minLength: 1, maxLength: 40 }),
  lagMs: fc.integer({ min: 0, max: 2 * second }),
  outage: fc.option(fc.record({ fromMs: fc.nat(15 * minute), lastsMs: fc.nat(3 * minute) }), { nil: undefined }),
});

function addressesOf(index: number): readonly string[] {
  return [`10.128.0.${index + 1}`, `fd01::${index + 1}`];
}

function tenanciesOf(drawn: readonly (typeof tenancy extends fc.Arbitrary<infer T> ? T : never)[]): Tenancy[] {
  const freeAt = [epochMs, epochMs, epochMs];
  let nameFreeAt = epochMs;
  return drawn.map(({ address, isNamedAlike, gapMs, lastsMs, skewMs, staysMs }, i) => {
    // A name is used again only when its pod is no more, as a StatefulSet does it.
    const fromMs = Math.max(freeAt[address]!, isNamedAlike ? nameFreeAt : 0) + gapMs;
    const toMs = fromMs + lastsMs;
    freeAt[address] = toMs;
    const stays = isNamedAlike ? 0 : staysMs;
    if (isNamedAlike) nameFreeAt = toMs + 1;
    return { uid: `uid-${i}`, name: isNamedAlike ? "db-0" : `pod-${i}`, address, fromMs, toMs, skewMs, staysMs: stays };
  });
}

function changesOf(tenancies: readonly Tenancy[]): Change[] {
  return tenancies
    .flatMap((of): Change[] => [
      { atMs: of.fromMs, of, what: "scheduled" },
      { atMs: of.fromMs, of, what: "running" },
      ...(of.staysMs === 0 ? [] : [{ atMs: of.toMs, of, what: "finished" } as const]),
      { atMs: of.toMs + of.staysMs, of, what: "deleted" },
    ])
    .toSorted((a, b) => a.atMs - b.atMs);
}

function podAs({ uid, name, address, fromMs, toMs, skewMs }: Tenancy, what: Change["what"]): object {
  const stamp = (timeMs: number): string => `${new Date(timeMs + skewMs).toISOString().slice(0, 19)}Z`;
  const ownerReferences = [{ kind: "StatefulSet", name: `owner-of-${uid}`, controller: true }];
  const metadata = { uid, name, namespace: "shop", ownerReferences, creationTimestamp: stamp(fromMs) };
  if (what === "scheduled") return { metadata, status: { phase: "Pending" } };
  const started = { startedAt: stamp(fromMs) };
  const terminated = { terminated: { ...started, finishedAt: stamp(toMs) } };
  const isFinished = what === "finished";
  return {
    metadata,
    status: {
      phase: isFinished ? "Succeeded" : "Running",
      podIPs: addressesOf(address).map((ip) => ({ ip })),
      containerStatuses: [{ state: isFinished ? terminated : { running: started } }],
    },
  };
}

/** Takes changes as an informer does: one by one, or after an outage all that is there, and then what is missing. */
class Watching {
  readonly cluster = new LiveCluster({ cluster: "east", graceMs, skewMs });
  /** Pods whose addresses have been told. */
  readonly told = new Set<string>();
  private readonly known = new Map<string, string>();
  private readonly now = new Map<string, Change>();

  happen(change: Change): void {
    if (change.what === "deleted") this.now.delete(change.of.name);
    else this.now.set(change.of.name, change);
  }

  take({ of, what }: Change, nowMs: number): void {
    if (what === "deleted") this.remove(of.name, of.uid, nowMs);
    else {
      this.known.set(of.name, of.uid);
      this.cluster.put("Pod", "v1", podAs(of, what), nowMs);
      if (what !== "scheduled") this.told.add(of.uid);
    }
  }

  list(nowMs: number): void {
    for (const change of this.now.values()) this.take(change, nowMs);
    for (const [name, uid] of this.known) if (!this.now.has(name)) this.remove(name, uid, nowMs);
  }

  private remove(name: string, uid: string, nowMs: number): void {
    if (!this.known.delete(name)) return;
    this.cluster.remove({ kind: "Pod", apiVersion: "v1", namespace: "shop", name, uid }, nowMs);
  }

  whoHad(text: string, timeMs: number): string {
    const parsed = parseIp(text);
    if (!parsed.ok) throw new Error(parsed.error.message);
    const ip: IpAddress = parsed.value;
    return this.cluster.timeline.at(ip.family, wordsOfAddress(ip), timeMs)?.workload.name ?? "nobody";
  }
}

test("a late flow finds who had its address, and near the change of hands nobody but the two whose hands these are", () => {
  let [certain, doubtful] = [0, 0];
  fc.assert(
    fc.property(fc.noBias(world), ({ tenancies: drawn, flows, lagMs, outage }) => {
      const tenancies = tenanciesOf(drawn);
      const outageFrom = outage === undefined ? Infinity : epochMs + outage.fromMs;
      const outageTo = outage === undefined ? Infinity : outageFrom + outage.lastsMs;
      const watching = new Watching();
      const steps: { readonly atMs: number; readonly order: number; run(): void }[] = [];
      for (const change of changesOf(tenancies)) {
        steps.push({ atMs: change.atMs, order: 0, run: () => watching.happen(change) });
        const tellMs = change.atMs + lagMs;
        if (tellMs < outageFrom || change.atMs >= outageTo) {
          steps.push({ atMs: tellMs, order: 2, run: () => watching.take(change, tellMs) });
        }
      }
      if (outage !== undefined) steps.push({ atMs: outageTo, order: 1, run: () => watching.list(outageTo) });
      for (const { of, thousandth, lateMs } of flows) {
        const owner = tenancies[of % tenancies.length]!;
        const startedMs = Math.floor(owner.fromMs + (thousandth / 1000) * (owner.toMs - owner.fromMs));
        const arrivesMs = startedMs + lateMs;
        const check = (): void => {
          // By the clock of its node, and never later than now, as `attribute` has it.
          const saidMs = Math.min(startedMs + owner.skewMs, arrivesMs);
          const isNear = Math.min(startedMs - owner.fromMs, owner.toMs - startedMs) <= nearMs;
          const own = tenancies.filter(({ address }) => address === owner.address);
          for (const address of addressesOf(owner.address)) {
            const found = watching.whoHad(address, saidMs);
            const whose = (one: Tenancy | undefined): string => `owner-of-${one?.uid}`;
            if (!isNear && watching.told.has(owner.uid)) {
              certain += 1;
              expect(found).toBe(whose(owner));
              continue;
            }
            doubtful += 1;
            // Where its own pod is not known at that moment, whoever was near in time.
            const isPossible = ({ uid, fromMs, toMs }: Tenancy): boolean =>
              watching.told.has(uid) &&
              startedMs >= fromMs - skewMs - nearMs &&
              startedMs <= Math.max(toMs, lateEnd(uid)) + graceMs + nearMs;
            expect(["nobody", ...own.filter(isPossible).map(whose)]).toContain(found);
          }
        };
        steps.push({ atMs: arrivesMs, order: 3, run: check });
      }
      // A pod that went during an outage is known to have gone when it is over.
      const lateEnd = (uid: string): number => {
        const { toMs, staysMs } = tenancies.find((one) => one.uid === uid)!;
        return toMs + staysMs + lagMs >= outageFrom && toMs < outageTo ? outageTo : toMs + lagMs;
      };
      for (const step of steps.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)) step.run();
    }),
    { numRuns: 400 },
  );
  // Not because hardly any flow was far from a change.
  expect(certain).toBeGreaterThan(doubtful / 4);
});
