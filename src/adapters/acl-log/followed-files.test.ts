import { appendFileSync, copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SourceHands } from "../../app/live/live-source.ts";
import type { Observation } from "../../pipeline/sources/observation.ts";
import { FollowedFiles } from "./followed-files.ts";

const line = (id: number): string => {
  const time = new Date(1_700_000_000_000 + id * 1000).toISOString();
  const flow = `tcp,nw_src=10.128.2.7,nw_dst=198.51.100.4,tp_src=${id},tp_dst=443,tcp_flags=syn`;
  return `${time}|00004|acl_log(ovn_pinctrl0)|INFO|name="EF:shøp:0", verdict=allow, severity=info, direction=to-lport: ${flow}\n`;
};

/** A log that is written and rotated, and whoever follows it, dies, and goes on from what was stored. */
class World {
  written = 0;
  counts = new Map<number, number>();
  outages = 0;
  private unfinished = Buffer.alloc(0);
  private rotations = 0;
  private nowMs = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), "postern-followed-"));
  private files: FollowedFiles;
  private stored: { position: string; counts: ReadonlyMap<number, number> } | undefined;

  constructor() {
    this.files = this.follow(undefined);
  }

  private get log(): string {
    return join(this.folder, "acl.log");
  }

  /** Lines in two pieces: a letter of two bytes may be cut apart. */
  write(count: number, cutAt: number): void {
    const lines = Array.from({ length: count }, () => line((this.written += 1))).join("");
    const bytes = Buffer.concat([this.unfinished, Buffer.from(lines)]);
    const cut = bytes.length - (cutAt % 120);
    appendFileSync(this.log, bytes.subarray(0, cut));
    this.unfinished = bytes.subarray(cut);
  }

  rotate(how: "rename" | "copy", isMatching: boolean): void {
    if (!existsSync(this.log)) return;
    // Whoever rotates has the line that was begun in the old file.
    appendFileSync(this.log, this.unfinished);
    this.unfinished = Buffer.alloc(0);
    this.rotations += 1;
    const old = join(this.folder, isMatching ? `acl-${this.rotations}.log` : `acl.log.${this.rotations}`);
    if (how === "rename") renameSync(this.log, old);
    else {
      copyFileSync(this.log, old);
      truncateSync(this.log);
    }
  }

  async look(): Promise<void> {
    this.nowMs += 500;
    while ((await this.files.look()).isBehind);
    this.files.settle();
    this.stored = { position: this.files.position(), counts: new Map(this.counts) };
  }

  async restart(): Promise<void> {
    await this.files.close();
    this.counts = new Map(this.stored?.counts);
    this.files = this.follow(this.stored?.position);
  }

  async finish(): Promise<void> {
    appendFileSync(this.log, this.unfinished);
    for (let i = 0; i < 3; i += 1) await this.look();
    await this.files.close();
    rmSync(this.folder, { recursive: true });
  }

  private follow(position: string | undefined): FollowedFiles {
    const hands = {
      take: ({ sourcePort }: Observation) => void this.counts.set(sourcePort, (this.counts.get(sourcePort) ?? 0) + 1),
      outage: () => void (this.outages += 1),
      received: () => undefined,
      malformed: (reason: string) => {
        throw new Error(reason);
      },
    };
    const options = { files: [join(this.folder, "acl*.log")], begin: "start" as const, pollMilliseconds: 50 };
    return new FollowedFiles(options, position, hands as unknown as SourceHands, () => this.nowMs);
  }
}

const write = fc.record({ what: fc.constant("write" as const), count: fc.nat(12), cutAt: fc.nat(10_000) });
const rotate = fc.record({
  what: fc.constant("rotate" as const),
  how: fc.constantFrom("rename" as const, "copy" as const),
  isMatching: fc.boolean(),
});
const action = fc.oneof(
  { weight: 4, arbitrary: write },
  { weight: 4, arbitrary: fc.record({ what: fc.constant("look" as const) }) },
  { weight: 2, arbitrary: rotate },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("restart" as const) }) },
);

test("every line counts once, however the log is written and rotated, and whoever follows it dies", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 30, size: "max" }), async (actions) => {
      const world = new World();
      world.write(3, 0);
      await world.look();
      for (const one of actions) {
        if (one.what === "write") world.write(one.count, one.cutAt);
        else if (one.what === "look") await world.look();
        else if (one.what === "restart") await world.restart();
        else {
          // A log that is rotated more often than anybody looks is another matter.
          await world.look();
          world.write(2, 0);
          world.rotate(one.how, one.isMatching);
          world.write(2, 17);
        }
      }
      await world.finish();
      const wrong = Array.from({ length: world.written }, (_, i) => i + 1).filter((id) => world.counts.get(id) !== 1);
      expect([world.outages, wrong.map((id) => [id, world.counts.get(id) ?? 0])]).toEqual([0, []]);
    }),
    { numRuns: Number(process.env.RUNS ?? 60) },
  );
});
