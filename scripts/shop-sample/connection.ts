import type { Outside } from "./outside.ts";
import type { Pod } from "./pods.ts";
import type { Random } from "./random.ts";
import type { ServiceRow } from "./services.ts";

/** Packets, and bytes with all headers as an interface counts them. */
export interface Load {
  readonly packets: number;
  readonly bytes: number;
}

export type Target =
  /** `name` is what DNS was asked for; undefined where the address was configured or guessed. */
  | { readonly kind: "outside"; readonly address: string; readonly port: number; readonly name: string | undefined }
  /** Called by its cluster address and turned to one of the backends. */
  | { readonly kind: "service"; readonly service: ServiceRow; readonly backend: Pod | string };

/**
 * What flow agents see of a connection in one go. A short connection is one of these; a long one opens, says something
 * now and then, and closes, each seen separately.
 */
export interface Connection {
  readonly pod: Pod;
  readonly target: Target;
  readonly protocol: "tcp" | "udp" | "icmp" | "icmp6";
  readonly sourcePort: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly part: "whole" | "opening" | "middle" | "closing";
  readonly sent: Load;
  /** Undefined when nobody answered; `refused` when the answer was a reset. */
  readonly received: Load | undefined;
  readonly refused?: boolean;
  readonly rttMs: number;
}

/** First and last ephemeral port of Linux. */
export function ephemeralPort(random: Random): number {
  return random.int(32_768, 60_999);
}

const segment = 1448;

/** Packets and bytes on the wire for what two applications said to each other. */
export function wire(
  { sent, received }: { readonly sent: number; readonly received: number },
  protocol: "tcp" | "udp",
  v6: boolean,
): { readonly sent: Load; readonly received: Load } {
  const header = 14 + (v6 ? 40 : 20) + (protocol === "tcp" ? 32 : 8);
  const load = (bytes: number, packets: number): Load => ({ packets, bytes: bytes + packets * header });
  if (protocol === "udp") return { sent: load(sent, 1), received: load(received, 1) };
  // Data, one acknowledgement for two segments of the other side, and opening and closing.
  const packets = (own: number, other: number, fixed: number): number =>
    Math.ceil(own / segment) + Math.ceil(other / (2 * segment)) + fixed;
  return {
    sent: load(sent, packets(sent, received, 3)),
    received: load(received, packets(received, sent, 2)),
  };
}

/** Connection attempts that nobody answers: a SYN and its repetitions after 1, 3, 7 … seconds. */
export function unanswered(pod: Pod, target: Target, sourcePort: number, startMs: number, tries: number): Connection {
  const lastMs = startMs + (2 ** (tries - 1) - 1) * 1000;
  const sent = { packets: tries, bytes: tries * (isV6(target) ? 94 : 74) };
  const endMs = Math.max(lastMs, startMs);
  return {
    pod,
    target,
    protocol: "tcp",
    sourcePort,
    startMs,
    endMs,
    part: "whole",
    sent,
    received: undefined,
    rttMs: 0,
  };
}

export function isV6(target: Target): boolean {
  return target.kind === "outside" && target.address.includes(":");
}

export function outsideTarget({ name, port }: Outside, address: string): Target {
  return { kind: "outside", address, port, name };
}
