import { ok, type Result } from "../../../../core/result.ts";
import type { PublishedRanges } from "../knowledge.ts";
import { listDate } from "./list-date.ts";
import { type ListTrouble, trouble } from "./list-trouble.ts";
import { RangeGroups } from "./range-groups.ts";

/** A list without the place it came from; a list that does not say when it was made leaves `asOfMs` undefined. */
export type ParsedRanges = Omit<PublishedRanges, "source">;

type Tree = Readonly<Record<string, unknown>>;

/** Told apart by the keys that only one publisher writes. */
const readers: readonly { readonly fits: (tree: Tree) => boolean; readonly read: (tree: Tree) => Parsed }[] = [
  { fits: ({ prefixes, createDate }) => isList(prefixes) && createDate !== undefined, read: readAmazon },
  { fits: ({ prefixes, creationTime }) => isList(prefixes) && creationTime !== undefined, read: readGoogle },
  { fits: ({ values, changeNumber }) => isList(values) && changeNumber !== undefined, read: readAzure },
  { fits: ({ regions, last_updated_timestamp: at }) => isList(regions) && at !== undefined, read: readOracle },
  { fits: ({ hooks, web, git }) => isList(hooks) && isList(web) && isList(git), read: readGitHub },
  { fits: ({ result }) => isTree(result) && isList(result.ipv4_cidrs), read: readCloudflare },
  { fits: ({ addresses, ipv6_addresses: v6 }) => isList(addresses) && isList(v6), read: readFastly },
  { fits: ({ provider }) => typeof provider === "string", read: readOwn },
];

type Parsed = Result<ParsedRanges, ListTrouble>;

/**
 * A parsed JSON or YAML document with a provider's ranges: AWS `ip-ranges.json`, Google's `goog.json` and `cloud.json`, Azure
 * service tags, Oracle's `public_ip_ranges.json`, GitHub's meta, Cloudflare's and Fastly's lists, or our own form.
 */
export function parsePublishedDocument(document: unknown): Parsed {
  const reader = isTree(document) ? readers.find(({ fits }) => fits(document)) : undefined;
  if (reader !== undefined) return reader.read(document as Tree);
  return trouble(
    "list_format",
    "it is none of the lists that are known (AWS, Google, Azure service tags, Oracle, GitHub meta, Cloudflare, Fastly); " +
      "write `provider:` and `cidrs:`, or one CIDR block per line",
  );
}

function readAmazon(tree: Tree): Parsed {
  const groups = new RangeGroups("Amazon");
  for (const [list, key] of [
    ["prefixes", "ip_prefix"],
    ["ipv6_prefixes", "ipv6_prefix"],
  ] as const) {
    each(tree[list], (item, at) => groups.add(item[key], () => `${list}[${at}].${key}`, item.service, item.region));
  }
  return finished("Amazon", groups, listDate(tree.createDate) ?? listDate(tree.syncToken));
}

/** `cloud.json` names the region of each block, `goog.json` holds that and everything else of Google. */
function readGoogle(tree: Tree): Parsed {
  const provider = isList(tree.prefixes) && tree.prefixes.some((item) => isTree(item) && "scope" in item);
  const title = provider ? "Google Cloud" : "Google";
  const groups = new RangeGroups(title);
  each(tree.prefixes, (item, at) => {
    const key = "ipv6Prefix" in item ? "ipv6Prefix" : "ipv4Prefix";
    groups.add(item[key], () => `prefixes[${at}].${key}`, "", item.scope);
  });
  return finished(title, groups, listDate(tree.creationTime) ?? listDate(tree.syncToken));
}

/** The list has a number and no date. A tag is a service, or a service and a region: `Storage.WestEurope`. */
function readAzure(tree: Tree): Parsed {
  const groups = new RangeGroups("Azure");
  each(tree.values, ({ name, properties }, at) => {
    if (!isTree(properties)) return;
    const service = typeof name === "string" ? name.split(".")[0] : name;
    const { addressPrefixes, region } = properties;
    if (!isList(addressPrefixes)) return;
    for (const [i, block] of addressPrefixes.entries())
      groups.add(block, () => `values[${at}].properties.addressPrefixes[${i}]`, service, region);
  });
  return finished("Azure", groups, undefined);
}

/** A block with several tags belongs to each. */
function readOracle(tree: Tree): Parsed {
  const groups = new RangeGroups("Oracle");
  each(tree.regions, ({ region, cidrs }, at) => {
    each(cidrs, ({ cidr, tags }, i) => {
      const place = (): string => `regions[${at}].cidrs[${i}].cidr`;
      for (const tag of isList(tags) && tags.length > 0 ? tags : [""]) groups.add(cidr, place, tag, region);
    });
  });
  return finished("Oracle", groups, listDate(tree.last_updated_timestamp));
}

/** Every key with a list of blocks is a service; others (`ssh_keys`, `domains`) are not about addresses. */
function readGitHub(tree: Tree): Parsed {
  const groups = new RangeGroups("GitHub");
  for (const [service, list] of Object.entries(tree)) {
    if (!isList(list) || !list.every((text) => typeof text === "string" && /^[0-9a-fA-F:.]+\/[0-9]+$/.test(text)))
      continue;
    for (const [at, block] of list.entries()) groups.add(block, () => `${service}[${at}]`, service);
  }
  return finished("GitHub", groups, undefined);
}

function readCloudflare({ result }: Tree): Parsed {
  const groups = new RangeGroups("Cloudflare");
  addLists(groups, result as Tree, ["ipv4_cidrs", "ipv6_cidrs"], "result.");
  return finished("Cloudflare", groups, undefined);
}

function readFastly(tree: Tree): Parsed {
  const groups = new RangeGroups("Fastly");
  addLists(groups, tree, ["addresses", "ipv6_addresses"], "");
  return finished("Fastly", groups, undefined);
}

/** `provider`, `asOf`, and `cidrs` or `groups` of `service`, `region`, `cidrs`. */
function readOwn(tree: Tree): Parsed {
  const provider = tree.provider as string;
  const groups = new RangeGroups(provider);
  addLists(groups, tree, ["cidrs"], "");
  each(tree.groups, ({ service, region, cidrs }, at) => {
    if (!isList(cidrs)) return;
    for (const [i, block] of cidrs.entries()) groups.add(block, () => `groups[${at}].cidrs[${i}]`, service, region);
  });
  return finished(provider, groups, listDate(tree.asOf));
}

function addLists(groups: RangeGroups, tree: Tree, keys: readonly string[], prefix: string): void {
  for (const key of keys) {
    const list = tree[key];
    if (isList(list)) for (const [at, block] of list.entries()) groups.add(block, () => `${prefix}${key}[${at}]`);
  }
}

function finished(provider: string, groups: RangeGroups, asOfMs: number | undefined): Parsed {
  const read = groups.finish();
  return read.ok ? ok({ provider: read.value[0]?.provider ?? provider, groups: read.value, asOfMs }) : read;
}

function each(list: unknown, take: (item: Tree, at: number) => void): void {
  if (isList(list)) for (const [at, item] of list.entries()) if (isTree(item)) take(item, at);
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
