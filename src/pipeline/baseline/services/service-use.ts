import type { Edge } from "../../flows/edge.ts";
import type { AddressOwner, CatalogueService, RangeGroup } from "../knowledge/knowledge.ts";
import type { Port } from "../port.ts";

/** A group of destinations that a person would name. */
export interface Service {
  /** Stable from day to day for the same destination: `name:api.stripe.com`, `catalogue:amazon-s3`, `block:203.0.113.0/28`. */
  readonly id: string;
  /** For people: `Stripe API`, `api.stripe.com`, `the data centre in Ghent`, `203.0.113.7`. */
  readonly title: string;
  /** What the group rests on, strongest first. */
  readonly by: "catalogue" | "name" | "published" | "on-premises" | "address";
  readonly catalogue: CatalogueService | undefined;
  readonly owner: AddressOwner | undefined;
}

/** What the pods of one namespace do with one service: the unit that is judged, chosen for and explained. */
export interface ServiceUse {
  readonly service: Service;
  readonly namespace: string;
  /** Usable names with evidence, canonical, sorted; empty for bare addresses. */
  readonly names: readonly string[];
  /** Sorted by protocol (TCP, UDP, SCTP) and port. */
  readonly ports: readonly Port[];
  /** All edges of the use, in harvest order; each edge belongs to exactly one use. Edges without ports (ICMP) are in none. */
  readonly edges: readonly Edge[];
  /** Published groups that hold every address of the use, smallest first. */
  readonly published: readonly RangeGroup[];
}
