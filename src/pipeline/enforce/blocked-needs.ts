/** What a workload needs to reach, or is seen reaching. */
export interface Need {
  /** `Deployment/cart` */
  readonly workload: string;
  readonly address: string;
  readonly names: readonly string[];
  readonly protocol: string;
  readonly port: number;
}

/** What people looked at when they approved a change, and what went through until it came into force. */
export interface NeedsOfChange {
  /** Connections that the replay said stay allowed. */
  readonly promised: readonly Need[];
  /** Connections that people saw would be denied, and approved that. */
  readonly given: readonly Need[];
  /** Went through until the change came into force. */
  readonly workedBefore: readonly Need[];
  /** Was denied before as well: the change did not do it. */
  readonly deniedBefore: readonly Need[];
}

/**
 * The denied connections that were to keep working: promised by the replay, or working until the change, and not given up by those who approved it.
 * A name counts as much as an address, because addresses of a name change. In the order they came.
 */
export function blockedNeeds<T extends Need>(denied: readonly T[], needs: NeedsOfChange): readonly T[] {
  const promised = needIndex(needs.promised);
  const given = needIndex(needs.given);
  const worked = needIndex(needs.workedBefore);
  const deniedBefore = needIndex(needs.deniedBefore);
  return denied.filter((need) => {
    // What people gave up by its very address is no surprise, whatever name it shares with something else.
    if (given.addresses.has(addressKey(need))) return false;
    if (has(promised, need)) return true;
    return has(worked, need) && !has(given, need) && !deniedBefore.addresses.has(addressKey(need));
  });
}

interface NeedIndex {
  readonly addresses: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

function needIndex(needs: readonly Need[]): NeedIndex {
  return { addresses: new Set(needs.map(addressKey)), names: new Set(needs.flatMap(nameKeys)) };
}

function has({ addresses, names }: NeedIndex, need: Need): boolean {
  return addresses.has(addressKey(need)) || nameKeys(need).some((key) => names.has(key));
}

function addressKey({ workload, address, protocol, port }: Need): string {
  return `${workload} ${protocol} ${port} ${address}`;
}

function nameKeys({ workload, names, protocol, port }: Need): readonly string[] {
  return names.map((name) => `${workload} ${protocol} ${port} ${name}`);
}
