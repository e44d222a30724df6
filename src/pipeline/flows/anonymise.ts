import { familyBits, formatIp, type IpAddress, parseIp } from "../../core/net/ip.ts";
import { anyPolicy, formatDecider, parseDecider } from "../../core/policy/decider.ts";
import type { AddressMask } from "./anonymise-address.ts";
import { type LabelMask, tokenPattern } from "./anonymise-label.ts";
import { compareText } from "./edge-builder.ts";
import type { SealedBatch } from "./sealed-batch.ts";

/** What hides a cluster's addresses and names, and shows them again. */
export interface Mask {
  readonly addresses: AddressMask;
  readonly labels: LabelMask;
}

/** What Goldmane and metrics call far ends without a name of their own: words, not names. */
const commonDestinations = new Set(["", "pub", "pvt"]);

/**
 * The batch without the names and addresses of a cluster. What stays: cluster, observer and source names, kinds of workloads,
 * ports, protocols, verdicts, kinds of policies, times and counts. What sources say about their state can name hosts, so it is left out.
 */
export function anonymiseBatch(batch: SealedBatch, { addresses, labels }: Mask): SealedBatch {
  const hideBlock = (address: IpAddress, prefixLength: number | undefined): IpAddress => {
    const { family, value } = addresses.hide(address);
    const rest = BigInt(familyBits[family] - (prefixLength ?? familyBits[family]));
    return { family, value: (value >> rest) << rest };
  };
  return {
    ...batch,
    owners: batch.owners.map(({ cluster, namespace, workload: { kind, name } }) => ({
      cluster,
      namespace: labels.hide(namespace),
      workload: { kind, name: labels.hide(name) },
    })),
    edges: batch.edges.map((edge) => ({
      ...edge,
      address: hideBlock(edge.address, edge.prefixLength),
      decidedBy: hideDeciders(edge.decidedBy, labels),
    })),
    names: batch.names.map((row) => ({
      ...row,
      name: labels.hideName(row.name),
      address: addresses.hide(row.address),
      chain: row.chain.map((alias) => labels.hideName(alias)),
    })),
    coarse: batch.coarse.map((row) => {
      const { destination } = row;
      return { ...row, destination: commonDestinations.has(destination) ? destination : labels.hide(destination) };
    }),
    health: batch.health.map((report) => ({ ...report, message: "" })),
  };
}

/** Kinds and rules stay. What would be too long with tokens in it is left out. */
function hideDeciders(texts: readonly string[], labels: LabelMask): readonly string[] {
  if (texts.length === 0) return texts;
  return texts
    .flatMap((text) => {
      const own = parseDecider(text);
      if (own === undefined) return [];
      const name = own.name === anyPolicy ? anyPolicy : labels.hide(own.name);
      return formatDecider({ ...own, namespace: labels.hide(own.namespace), name }) ?? [];
    })
    .toSorted(compareText);
}

/** Addresses with an optional prefix length; what only looks like one does not parse. */
const addressPattern =
  /(?<![\w:.])(?:\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,3})?(?!\w|\.\d)|[0-9a-fA-F:]*:[0-9a-fA-F:]*(?:\d{1,3}(?:\.\d{1,3}){3})?(?:\/\d{1,3})?(?![\w:]))/g;

/** Any text with tokens and hidden addresses in it, as it would read in the cluster. What is neither stays. */
export function revealText(text: string, { addresses, labels }: Mask): string {
  return text
    .replaceAll(addressPattern, (found) => revealAddress(found, addresses))
    .replaceAll(tokenPattern, (token) => labels.reveal(token) ?? token);
}

function revealAddress(found: string, addresses: AddressMask): string {
  const [host = "", length] = found.split("/");
  const ip = parseIp(host);
  if (!ip.ok) return found;
  if (length === undefined) return formatIp(addresses.reveal(ip.value));
  const bits = familyBits[ip.value.family];
  const prefixLength = Number(length);
  if (prefixLength > bits) return found;
  const rest = BigInt(bits - prefixLength);
  // With bits behind the prefix it is an address and its network, not a block.
  const isBlock = (ip.value.value >> rest) << rest === ip.value.value;
  return `${formatIp(addresses.reveal(ip.value, isBlock ? prefixLength : bits))}/${length}`;
}
