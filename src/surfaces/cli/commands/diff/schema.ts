import { z } from "zod";
import { decidedBy, exposure, policyName } from "../../schema/common.ts";

const side = z
  .strictObject({
    exposure,
    caution: z.string().nullable().describe("why a cluster would not do what the rules say; null when it would"),
  })
  .meta({ id: "ScopeSide" });

export const diffOutput = z
  .strictObject({
    schema: z.literal("postern/diff/v1"),
    equal: z.boolean().describe("every connection of every pod surely has the same verdict before and after"),
    complete: z
      .boolean()
      .describe(
        "false: there was too much to compare, and finding no change does not mean equal; `notCompared` says what",
      ),
    namespaces: z
      .array(
        z.strictObject({
          namespace: z.string().describe("empty: policies of the whole cluster"),
          objects: z.array(
            z.strictObject({
              policy: policyName,
              change: z.enum(["added", "removed", "rewritten", "unchanged"]),
            }),
          ),
          scopes: z
            .array(
              z.strictObject({
                half: z.enum(["egress-firewall", "network-policy"]),
                pods: z.string().describe("who it is about, such as `all pods`"),
                before: side,
                after: side,
                changes: z.array(
                  z.strictObject({
                    change: z.enum(["newly allowed", "newly denied"]),
                    destination: z.string().describe("addresses, a name or a selector"),
                    ports: z.string().describe("protocols and ports, as `tcp/443,8443 udp/53`; `any`"),
                    example: z.strictObject({
                      to: z.string().describe("an address or a name"),
                      port: z.string().describe("as `tcp/443`"),
                    }),
                    before: decidedBy,
                    after: decidedBy,
                  }),
                ),
              }),
            )
            .describe("places where rules act: the egress firewall, and the network policies of each class of pods"),
          notCompared: z.array(z.string()).describe("what there was too much of to compare, one phrase each"),
        }),
      )
      .describe("namespaces with an object that was added, removed or rewritten"),
    summary: z.strictObject({ newlyAllowed: z.int().min(0), newlyDenied: z.int().min(0) }),
  })
  .meta({ title: "Output of `postern diff -o json`" });

export type DiffOutput = z.output<typeof diffOutput>;
