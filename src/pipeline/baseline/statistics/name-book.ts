import type { IpAddress } from "../../../core/net/ip.ts";
import { canonicalName } from "../../../core/net/name-pattern.ts";
import { formatWorkload } from "../../../core/workload/workload.ts";
import type { NameEvidence } from "../../flows/harvest.ts";
import { addressKey, type AddressKey } from "../services/address-key.ts";

/** What all answers of a recording together say about one name. */
export interface NameRecord {
  /** How many addresses an answer carries, on average; undefined where no answer was recorded. */
  readonly answerSize: number | undefined;
  /** The smallest time to live of any answer. */
  readonly ttlSeconds: number | undefined;
}

/** Answers by name and by address, so that each service finds its own quickly. */
export interface NameBook {
  record(name: string): NameRecord;
  /** Names with evidence that they stood for the address, canonical, sorted; what a policy's proof will resolve by. */
  namesAt(address: IpAddress): readonly string[];
}

export function nameBook(evidence: readonly NameEvidence[]): NameBook {
  const answers = new Map<string, NameEvidence[]>();
  const names = new Map<AddressKey, Set<string>>();
  for (const one of evidence) {
    const name = canonicalName(one.name);
    push(answers, name, one);
    const key = addressKey(one.address);
    const known = names.get(key);
    if (known === undefined) names.set(key, new Set([name]));
    else known.add(name);
  }
  const records = new Map<string, NameRecord>();
  return {
    record: (name) => {
      let record = records.get(name);
      if (record === undefined) records.set(name, (record = recordOf(answers.get(name) ?? [])));
      return record;
    },
    namesAt: (address) => [...(names.get(addressKey(address)) ?? [])].sort(),
  };
}

function recordOf(evidence: readonly NameEvidence[]): NameRecord {
  const answered = evidence.filter(({ from }) => from === "dns-answer");
  const ttls = answered.flatMap(({ ttlSeconds }) => ttlSeconds ?? []);
  return {
    answerSize: answerSize(answered),
    ttlSeconds: ttls.length === 0 ? undefined : ttls.reduce((a, b) => Math.min(a, b)),
  };
}

/**
 * Addresses of one answer come at one moment. The evidence keeps the first and the last moment of each address, so the
 * addresses that share the first of all, or the last of all, are those of a workload's first and last answer: two answers
 * per workload whose size is known exactly.
 */
function answerSize(answered: readonly NameEvidence[]): number | undefined {
  const byAsker = Map.groupBy(answered, ({ cluster, namespace, workload, address }) =>
    [cluster, namespace, formatWorkload(workload), address.family].join(" "),
  );
  let answers = 0;
  let addresses = 0;
  for (const own of byAsker.values()) {
    const first = own.flatMap(({ firstSeenMs }) => firstSeenMs ?? []).reduce((a, b) => Math.min(a, b), Infinity);
    const last = own.flatMap(({ lastSeenMs }) => lastSeenMs ?? []).reduce((a, b) => Math.max(a, b), -Infinity);
    if (!Number.isFinite(first) || !Number.isFinite(last)) continue;
    answers += 2;
    addresses += own.filter(({ firstSeenMs }) => firstSeenMs === first).length;
    addresses += own.filter(({ lastSeenMs }) => lastSeenMs === last).length;
  }
  return answers === 0 ? undefined : addresses / answers;
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
