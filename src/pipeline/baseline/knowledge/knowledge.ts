import type { Cidr } from "../../../core/net/ip-set.ts";
import type { NamePattern } from "../../../core/net/name-pattern.ts";
import type { Port } from "../port.ts";

/**
 * What is known about destinations beyond the recorded flows. All of it is optional, and each list says where it comes
 * from and how old it is: a policy that leans on it can be checked against the same text again.
 */
export interface Knowledge {
  readonly published: readonly PublishedRanges[];
  readonly feeds: readonly ThreatFeed[];
  /** Ranges of the organisation itself, by the name it gives them. */
  readonly onPremises: readonly NamedRanges[];
  readonly catalogue: readonly CatalogueService[];
  /** Who announces an address and where; undefined where no such data was given. */
  readonly owners: AddressOwners | undefined;
}

/** Where a list was read, and as of when. */
export interface Origin {
  /** Path or URL as it was given. */
  readonly source: string;
  /** What the list itself says, else when the file was written; milliseconds since the epoch, undefined if nothing tells. */
  readonly asOfMs: number | undefined;
}

/** One list of a provider: `ip-ranges.json`, service tags, GitHub's meta. */
export interface PublishedRanges extends Origin {
  /** `Amazon`, `Google Cloud`, `Azure`, `GitHub`, … */
  readonly provider: string;
  readonly groups: readonly RangeGroup[];
}

/** The blocks a provider publishes under one name: the smallest thing that can be allowed "as a provider range". */
export interface RangeGroup {
  readonly provider: string;
  /** As published: `S3`, `AzureStorage`, `actions`; empty where the list has no services. */
  readonly service: string;
  /** As published: `us-east-1`; empty where the list has no regions or the blocks are global. */
  readonly region: string;
  /** Both families, canonical, sorted. */
  readonly cidrs: readonly Cidr[];
}

export interface ThreatFeed extends Origin {
  /** For people: `Feodo Tracker`. */
  readonly title: string;
  readonly entries: readonly {
    readonly to:
      | { readonly kind: "block"; readonly cidr: Cidr }
      | { readonly kind: "name"; readonly pattern: NamePattern };
    /** What the feed says of it, `C2 Emotet`; empty where it says nothing. Untrusted text. */
    readonly about: string;
  }[];
}

export interface NamedRanges extends Origin {
  readonly title: string;
  readonly cidrs: readonly Cidr[];
}

/** A service that a person would name. */
export interface CatalogueService {
  /** Stable and unique, lower case with `-`: `amazon-s3`. */
  readonly id: string;
  readonly title: string;
  readonly owner: string;
  readonly patterns: readonly NamePattern[];
  /** Empty: any. */
  readonly ports: readonly Port[];
  readonly documentation: string | undefined;
  /** The addresses behind its names change from answer to answer, or are shared with strangers. */
  readonly traits: readonly ("rotating" | "shared")[];
  /**
   * What the names of a wildcard are to each other. `family`: parts of one service, as the buckets of a store. `tenants`: each
   * belongs to somebody else, and only many of them are one service to the namespace. `umbrella`: different services, each
   * stays its own. Undefined is `tenants`.
   */
  readonly grouping?: "family" | "tenants" | "umbrella" | undefined;
}

export interface AddressOwners extends Origin {
  /** The most specific block that holds the address. */
  ownerOf(address: { readonly family: 4 | 6; readonly value: bigint }): AddressOwner | undefined;
}

export interface AddressOwner {
  readonly asn: number | undefined;
  readonly organisation: string | undefined;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string | undefined;
}

/** Nothing but the flows. */
export const noKnowledge: Knowledge = { published: [], feeds: [], onPremises: [], catalogue: [], owners: undefined };
