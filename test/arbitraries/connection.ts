import * as fc from "fast-check";
import type { IpAddress } from "../../src/core/net/ip.ts";
import type { Connection } from "../oracle/evaluate.ts";
import { arbitraryIpNear } from "./address.ts";
import { arbitraryPortNear } from "./l4.ts";

/** Where a policy changes its mind. */
export interface Edges {
  readonly addresses: readonly IpAddress[];
  readonly ports: readonly number[];
  /** Whole connections at the edges of single rules, which a random address seldom meets with the right port. */
  readonly corners?: readonly Connection[];
}

export function joinEdges(...all: readonly Edges[]): Edges {
  return {
    addresses: all.flatMap(({ addresses }) => addresses),
    ports: all.flatMap(({ ports }) => ports),
    corners: all.flatMap(({ corners }) => corners ?? []),
  };
}

/** Mostly at the edges and right beside them, for every protocol; now and then anywhere. */
export function arbitraryConnectionAt({ addresses, ports, corners = [] }: Edges): fc.Arbitrary<Connection> {
  const near = fc
    .tuple(arbitraryIpNear(addresses), arbitraryPortNear(ports))
    .map(([address, { protocol, port }]) => ({ address, protocol, port }));
  return corners.length === 0 ? near : fc.oneof(near, fc.constantFrom(...corners));
}
