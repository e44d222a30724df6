import * as fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryListAndConnections } from "../../../test/arbitraries/rule-list.ts";
import { oracleEvaluate } from "../../../test/oracle/evaluate.ts";
import { ipSetOf } from "../net/ip-set.ts";
import { formatIp } from "../net/ip.ts";
import { formatL4Point, l4Point } from "../net/l4.ts";
import { compile } from "./compile.ts";
import { evaluate, FastEvaluator } from "./evaluate.ts";

test("evaluation agrees with the oracle when nothing is resolved", () => {
  fc.assert(
    fc.property(arbitraryListAndConnections(), ({ list, connections }) => {
      const compiled = compile(list);
      for (const connection of connections) {
        const l4 = l4Point(connection.protocol, connection.port);
        const { kind, by } = evaluate(compiled, { address: connection.address, l4 });
        const where = `${formatIp(connection.address)} ${formatL4Point(l4)}`;
        expect({ where, kind, by }).toEqual({ where, ...oracleEvaluate(list, connection, () => undefined) });
      }
    }),
    { numRuns: 2_000 },
  );
});

test("evaluation agrees with the oracle when every destination is resolved", () => {
  fc.assert(
    fc.property(arbitraryListAndConnections(), ({ list, connections }) => {
      const somewhere = connections[0]!.address;
      const compiled = compile(list, { resolve: () => ipSetOf(somewhere) });
      for (const { address, protocol, port } of connections) {
        const { kind, by } = evaluate(compiled, { address, l4: l4Point(protocol, port) });
        expect({ kind, by }).toEqual(oracleEvaluate(list, { address, protocol, port }, () => [somewhere]));
      }
    }),
    { numRuns: 1_000 },
  );
});

test("the bulk evaluator gives the same verdicts as the exact one", () => {
  const codes = ["deny", "allow", "unknown"];
  fc.assert(
    fc.property(arbitraryListAndConnections(), ({ list, connections }) => {
      const compiled = compile(list);
      const fast = new FastEvaluator(compiled);
      for (const { address, protocol, port } of connections) {
        const l4 = l4Point(protocol, port);
        const word = (shift: bigint): number => Number((address.value >> shift) & 0xffffffffn);
        const code =
          address.family === 4 ? fast.v4(word(0n), l4) : fast.v6(word(96n), word(64n), word(32n), word(0n), l4);
        expect(codes[code]).toBe(evaluate(compiled, { address, l4 }).kind);
      }
    }),
    { numRuns: 1_000 },
  );
});
