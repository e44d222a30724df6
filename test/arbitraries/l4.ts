import * as fc from "fast-check";
import { intervalSet } from "../../src/core/net/interval-set.ts";
import {
  anyL4,
  hasPorts,
  l4Ports,
  l4Protocol,
  type L4Set,
  type PortProtocol,
  type Protocol,
  protocols,
} from "../../src/core/net/l4.ts";

export interface PortOfProtocol {
  readonly protocol: Protocol;
  /** 0 where the protocol has none. */
  readonly port: number;
}

/** Few distinct ports, so that rules collide; neighbours and both ends, so that off-by-one shows. */
export function arbitraryPort(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(1, 2, 53, 80, 442, 443, 444, 8443, 65534, 65535) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 65535 }) },
  );
}

export function arbitraryPortProtocol(): fc.Arbitrary<PortProtocol> {
  return fc.constantFrom("tcp", "tcp", "udp", "sctp");
}

/** Every protocol, with a port wherever there is one. */
export function arbitraryPortOfProtocol(): fc.Arbitrary<PortOfProtocol> {
  return fc
    .tuple(fc.constantFrom(...protocols, "tcp" as const, "tcp" as const), arbitraryPort())
    .map(([protocol, port]) => ({ protocol, port: hasPorts(protocol) ? port : 0 }));
}

/** Everything, single ports, port ranges and whole protocols; never empty. */
export function arbitraryL4Set(): fc.Arbitrary<L4Set> {
  const piece = fc.oneof(
    fc.tuple(arbitraryPortProtocol(), arbitraryPort()).map(([protocol, port]) => l4Ports(protocol, port)),
    fc
      .tuple(arbitraryPortProtocol(), arbitraryPort(), arbitraryPort())
      .map(([protocol, a, b]) => l4Ports(protocol, Math.min(a, b), Math.max(a, b))),
    fc.constantFrom(...protocols).map((protocol) => l4Protocol(protocol)),
  );
  return fc.oneof(
    fc.constant(anyL4),
    fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => intervalSet(pieces)),
  );
}

/** The given ports and their neighbours for every protocol, and now and then any. */
export function arbitraryPortNear(ports: readonly number[]): fc.Arbitrary<PortOfProtocol> {
  if (ports.length === 0) return arbitraryPortOfProtocol();
  const near = [...new Set(ports.flatMap((port) => [port - 1, port, port, port + 1]))].filter(
    (port) => port >= 1 && port <= 65535,
  );
  const close = fc
    .tuple(fc.constantFrom(...protocols, "tcp" as const), fc.constantFrom(...near))
    .map(([protocol, port]) => ({ protocol, port: hasPorts(protocol) ? port : 0 }));
  return fc.oneof({ weight: 3, arbitrary: close }, { weight: 1, arbitrary: arbitraryPortOfProtocol() });
}
