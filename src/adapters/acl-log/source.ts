import { BackOff, pause } from "../../app/live/back-off.ts";
import type { LiveSourceKind, SourceMachine } from "../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../app/live/live-source.ts";
import { FollowedFiles } from "./followed-files.ts";
import type { AclLogOptions } from "./options.ts";

const kind = "ovn-acl-log";
/** The lines that one packet causes are written within less: after this pause none is missing. */
const settleMs = 20;
/** OVN's meter is silent, so nothing here can count what it left out. */
const caution = "OVN leaves out lines above its rate limit and does not say so, so what is missing proves nothing";

export const aclLogSource: LiveSourceKind<AclLogOptions> = {
  kind,
  summary: "OVN's ACL audit log, followed on the node across rotation and truncation; always incomplete",
  options: async () => (await import("./options.ts")).aclLogOptions,
  open: (name, options, machine) => new AclLogSource(name, options, machine),
};

class AclLogSource implements LiveSource {
  readonly name: string;
  readonly kind = kind;
  private readonly options: AclLogOptions;
  private readonly machine: SourceMachine;

  constructor(name: string, options: AclLogOptions, machine: SourceMachine) {
    this.name = name;
    this.options = options;
    this.machine = machine;
  }

  async run(hands: SourceHands, signal: AbortSignal): Promise<void> {
    const files = new FollowedFiles(this.options, hands.resumeFrom, hands, () => this.machine.nowMs());
    const backOff = new BackOff();
    try {
      while (!signal.aborted) {
        let isBehind = false;
        try {
          isBehind = await this.step(files, hands, signal);
          hands.state("running", `${files.describe()}; ${caution}`);
          backOff.reset();
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          hands.state("retrying", `the log cannot be read: ${why}`);
          await pause(backOff.nextMs(), signal);
        }
        await hands.room();
        if (!isBehind) await pause(this.options.pollMilliseconds, signal);
      }
    } finally {
      await files.close();
    }
  }

  private async step(files: FollowedFiles, hands: SourceHands, signal: AbortSignal): Promise<boolean> {
    const { hasRead, isBehind } = await files.look();
    if (hasRead && !isBehind) {
      await pause(settleMs, signal);
      await files.look();
    }
    files.settle();
    hands.reached(files.position());
    return isBehind;
  }
}
