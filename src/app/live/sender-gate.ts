import { BlockList, isIPv4 } from "node:net";
import type { Cidr } from "../../core/net/ip-set.ts";
import { formatIp } from "../../core/net/ip.ts";

const maxRemembered = 4096;

/** Who may send. Answers are remembered, since the same few senders ask a hundred thousand times a second. */
export class SenderGate {
  refused = 0;
  lastRefused = "";
  private readonly allowed = new BlockList();
  private readonly answers = new Map<string, string>();

  constructor(blocks: readonly Cidr[]) {
    for (const { family, first, prefixLength } of blocks) {
      this.allowed.addSubnet(formatIp({ family, value: first }), prefixLength, family === 4 ? "ipv4" : "ipv6");
    }
  }

  /** The sender's address in one form (no zone, no IPv4-mapped IPv6), or undefined for one that may not send. */
  admit(sender: string): string | undefined {
    let answer = this.answers.get(sender);
    if (answer === undefined) {
      answer = this.judge(sender);
      if (this.answers.size >= maxRemembered) this.answers.clear();
      this.answers.set(sender, answer);
    }
    if (answer !== "") return answer;
    this.refused += 1;
    this.lastRefused = sender;
    return undefined;
  }

  private judge(sender: string): string {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(sender)?.[1];
    const address = mapped ?? sender.replace(/%.*$/, "");
    return this.allowed.check(address, isIPv4(address) ? "ipv4" : "ipv6") ? address : "";
  }
}
