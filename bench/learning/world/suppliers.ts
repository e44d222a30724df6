import type { Cidr } from "../../../src/core/net/ip-set.ts";
import type { PublishedRanges, RangeGroup } from "../../../src/pipeline/baseline/knowledge/knowledge.ts";
import type { Random } from "../../corpus/random.ts";
import type { BlockAllocator } from "./blocks.ts";

/** Whoever holds address ranges that services live in. */
export interface Supplier {
  readonly provider: string;
  readonly service: string;
  readonly region: string;
  readonly v4: readonly Cidr[];
  readonly v6: readonly Cidr[];
  /** Of `v4`, what came into use after the list was written. */
  readonly unpublished: readonly Cidr[];
  readonly isPublished: boolean;
}

export const regions = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1", "sa-east-1"] as const;
const azureRegions = ["WestEurope", "NorthEurope", "EastUS", "EastUS2", "SoutheastAsia"];
const googleRegions = ["us-central1", "us-east4", "europe-west1", "europe-west3", "asia-southeast1"];

/** Sizes of blocks as providers have them, a few large and many small; the exact numbers are made up. */
export function makeSuppliers(blocks: BlockAllocator, random: Random, newBlocks: number): Map<string, Supplier> {
  const suppliers = new Map<string, Supplier>();
  const add = (
    [provider, service, region]: readonly [string, string, string],
    lengths: readonly number[],
    { isPublished = true, v6 = [40] }: { isPublished?: boolean; v6?: readonly number[] } = {},
  ): void => {
    const late =
      isPublished && random.chance(Math.min(0.9, newBlocks)) ? [blocks.v4(Math.min(24, Math.max(...lengths)))] : [];
    const own = lengths.map((length) => blocks.v4(length));
    suppliers.set(`${provider}/${service}/${region}`, {
      provider,
      service,
      region,
      v4: [...own, ...late],
      v6: v6.map((length) => blocks.v6(length)),
      unpublished: late,
      isPublished,
    });
  };
  for (const [i, region] of regions.entries()) {
    const small = i < 3 ? 0 : 1;
    add(["Amazon", "S3", region], [16 + small, 17 + small, 18, 20, 20, 21, 22].slice(0, 4 + random.below(4)));
    add(["Amazon", "EC2", region], [10 + small, 11 + small, 12, 13, 14, 15, 16, 18].slice(0, 6 + random.below(4)));
    add(["Amazon", "DYNAMODB", region], [21 + small, 22, 23]);
  }
  add(["Amazon", "CLOUDFRONT", ""], [14, 15, 16, 16, 17, 18, 19, 20, 21, 22, 22, 23]);
  for (const region of azureRegions) {
    add(["Azure", "AzureStorage", region], [18, 19, 20, 21, 22, 23, 24]);
    add(["Azure", "AzureCloud", region], [12, 13, 14, 15, 16, 17, 18, 19, 20]);
    add(["Azure", "Sql", region], [25, 26, 27, 27]);
  }
  for (const region of googleRegions) add(["Google Cloud", "Google Cloud", region], [11, 12, 13, 15, 16, 18]);
  add(["Google", "", ""], [15, 16, 17, 17, 18, 19, 20]);
  add(["Cloudflare", "", ""], [12, 13, 14, 15, 17, 18, 20, 20, 20, 22, 22, 22], { v6: [32] });
  add(["Fastly", "", ""], [15, 16, 17, 18, 19, 20, 21], { v6: [32] });
  add(["GitHub", "api", ""], [20, 22, 22, 32, 32, 32], { v6: [] });
  add(["GitHub", "git", ""], [20, 22, 22, 32, 32, 32], { v6: [] });
  add(["GitHub", "actions", ""], [14, 15, 15, 16, 16, 17, 18], { v6: [] });
  // A content network that publishes nothing: large blocks of its own, and small ones inside access providers.
  add(["Akamai", "", ""], [13, 14, 15, 15, 16, ...Array.from({ length: 24 }, () => 22)], {
    isPublished: false,
    v6: [32],
  });
  return suppliers;
}

/** The lists as a person would download them on the last day of learning. */
export function publishedLists(suppliers: Iterable<Supplier>, asOfMs: number): readonly PublishedRanges[] {
  const byProvider = Map.groupBy(
    [...suppliers].filter(({ isPublished }) => isPublished),
    ({ provider }) => provider,
  );
  return [...byProvider].map(([provider, own]) => {
    const groups = own.map((supplier): RangeGroup => {
      const { service, region, v4, v6, unpublished } = supplier;
      return {
        provider,
        service,
        region,
        cidrs: sortedCidrs([...v4.filter((cidr) => !unpublished.includes(cidr)), ...v6]),
      };
    });
    return {
      source: `${provider.toLowerCase().replaceAll(" ", "-")}.json`,
      asOfMs,
      provider,
      groups: [...groups, ...wholeLists(groups)],
    };
  });
}

/** Amazon lists every block of a region a second time as `AMAZON`, Azure lists storage again in `AzureCloud`. */
function wholeLists(groups: readonly RangeGroup[]): readonly RangeGroup[] {
  const [first] = groups;
  if (first?.provider !== "Amazon") return [];
  const byRegion = Map.groupBy(groups, ({ region }) => region);
  return [...byRegion].map(([region, own]) => ({
    provider: "Amazon",
    service: "AMAZON",
    region,
    cidrs: sortedCidrs(own.flatMap(({ cidrs }) => cidrs)),
  }));
}

function sortedCidrs(cidrs: readonly Cidr[]): readonly Cidr[] {
  return cidrs.toSorted((a, b) => a.family - b.family || (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
}
