import type { CoarseObservation } from "../../../app/live/live-source.ts";
import { formatWorkload } from "../../../core/workload/workload.ts";
import { goldmane, type GoldmaneFlow } from "../../../pipeline/sources/calico/goldmane.ts";

/** More kinds of traffic are not told apart. */
const maxKinds = 1000;

/**
 * What staged policies would do differently. It has not happened, so it changes no row; but whoever staged them wants to
 * know before enforcing them.
 */
export class StagedOutcomes {
  private readonly denied = new Set<string>();
  private readonly allowed = new Set<string>();

  /** Each kind of traffic is known by the latest flow: people change what they staged. */
  note(
    { action, pendingAction }: GoldmaneFlow,
    { namespace, workload, destination, protocol, port }: CoarseObservation,
  ): void {
    const { allow, deny } = goldmane.action;
    if (action === pendingAction && this.denied.size + this.allowed.size === 0) return;
    const to = [destination, [protocol, port].filter((part) => part !== undefined).join("/")].join(" ").trim();
    const kind = `${namespace}/${formatWorkload(workload)} → ${to}`;
    mark(this.denied, kind, action === allow && pendingAction === deny);
    mark(this.allowed, kind, action === deny && pendingAction === allow);
  }

  /** For people; empty when they would change nothing. */
  describe(): string {
    const parts = [
      this.denied.size === 0 ? [] : [`deny ${told(this.denied)}, allowed now`],
      this.allowed.size === 0 ? [] : [`allow ${told(this.allowed)}, denied now`],
    ].flat();
    return parts.length === 0 ? "" : `staged policies would ${parts.join("; and ")}`;
  }
}

function mark(kinds: Set<string>, kind: string, isSo: boolean): void {
  if (!isSo) kinds.delete(kind);
  else if (kinds.size < maxKinds) kinds.add(kind);
}

/** The first one, and how many more there are. */
function told(kinds: ReadonlySet<string>): string {
  const [first = ""] = kinds;
  return kinds.size === 1 ? first : `${first} and ${kinds.size - 1} more`;
}
