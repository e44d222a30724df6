import { z } from "zod";
import { type Cidr, ipSetOfAll, toCidrs } from "../../core/net/ip-set.ts";
import { canonicalName, namePattern } from "../../core/net/name-pattern.ts";
import { quoted } from "../../core/quoted.ts";
import { listDate } from "../../pipeline/baseline/knowledge/lists/list-date.ts";
import { readBlock } from "../../pipeline/baseline/knowledge/lists/list-trouble.ts";
import type { Port } from "../../pipeline/baseline/port.ts";
import { isHostName } from "../../pipeline/flows/gather-names.ts";

/** A block, or a single address. */
const block = z.string().transform((text, ctx): Cidr => {
  const read = readBlock(text, "");
  if (read.ok) return read.value;
  ctx.issues.push({ code: "custom", input: text, message: read.error.message });
  return z.NEVER;
});

const blocks = z
  .array(block)
  .min(1)
  .max(100_000)
  .transform((cidrs) => toCidrs(ipSetOfAll(cidrs)));

const title = z.string().trim().min(1).max(100);

/** When the list was made; YAML makes no dates of texts. */
const asOf = z.string().transform((text, ctx): number => {
  const ms = listDate(text);
  if (ms !== undefined) return ms;
  ctx.issues.push({ code: "custom", input: text, message: `${quoted(text)} is no date, write \`2026-11-01\`` });
  return z.NEVER;
});

const range = z.strictObject({ title, cidrs: blocks });

/** `asOf` and `ranges`, each with `title` and `cidrs`; or one such range, or a list of them. */
export const onPremisesFile = z
  .union([
    z.strictObject({ asOf: asOf.optional(), ranges: z.array(range).min(1).max(10_000) }),
    range.transform((own) => ({ asOf: undefined, ranges: [own] })),
    z
      .array(range)
      .min(1)
      .max(10_000)
      .transform((ranges) => ({ asOf: undefined, ranges })),
  ])
  .describe("ranges of the organisation");

const port = z.union([z.int(), z.string()]).transform((value, ctx): Port => {
  const [, protocol = "tcp", number] = /^(?:(tcp|udp|sctp)\/)?([0-9]{1,5})$/.exec(String(value)) ?? [];
  const own = Number(number);
  if (own >= 1 && own <= 65535) return { protocol: protocol as Port["protocol"], port: own };
  ctx.issues.push({
    code: "custom",
    input: value,
    message: `${quoted(value)} is no port, write \`443\` or \`udp/123\``,
  });
  return z.NEVER;
});

const name = z.string().transform((text, ctx) => {
  const canonical = canonicalName(text);
  const bare = canonical.startsWith("*.") ? canonical.slice(2) : canonical;
  if (bare.includes(".") && isHostName(bare)) return namePattern(canonical, "subdomains");
  const message = `${quoted(text)} is no name, write \`api.example.com\` or \`*.example.com\``;
  ctx.issues.push({ code: "custom", input: text, message });
  return z.NEVER;
});

/** People's own services, in the words of the built-in catalogue. */
export const catalogueFile = z.strictObject({
  services: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "is to be lower-case words with `-`"),
        title,
        owner: title.default(""),
        names: z.array(name).min(1).max(1000),
        ports: z.array(port).max(100).default([]),
        documentation: z.url({ protocol: /^https?$/ }).optional(),
        traits: z.array(z.enum(["rotating", "shared"])).default([]),
        grouping: z.enum(["family", "tenants", "umbrella"]).optional(),
      }),
    )
    .min(1)
    .max(10_000),
});
