import { type Cidr, ipSetOfAll, parseCidr, toCidrs } from "../../../core/net/ip-set.ts";
import { namePattern } from "../../../core/net/name-pattern.ts";
import { wellKnownServices } from "./catalogue/well-known-services.ts";
import { indexKnowledge, type KnowledgeIndex } from "./knowledge-index.ts";
import { type Knowledge, type NamedRanges, noKnowledge, type RangeGroup, type ThreatFeed } from "./knowledge.ts";

export function cidrForTest(text: string): Cidr {
  const cidr = parseCidr(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`);
  if (!cidr.ok) throw new TypeError(cidr.error.message);
  return cidr.value;
}

/** `Amazon S3 eu-west-1: 192.0.2.0/24 2001:db8::/32`; `-` for no service or region. */
export function groupForTest(text: string): RangeGroup {
  const [head = "", blocks = ""] = text.split(": ");
  const [provider = "", service = "-", region = "-"] = head.split(" ");
  const cidrs = toCidrs(ipSetOfAll(blocks.split(" ").map(cidrForTest)));
  return { provider, service: service.replace("-", ""), region: region === "-" ? "" : region, cidrs };
}

export function rangesForTest(title: string, ...blocks: readonly string[]): NamedRanges {
  return { source: `${title}.yaml`, asOfMs: undefined, title, cidrs: blocks.map(cidrForTest) };
}

/** Blocks and names, each with what the feed says of it after a space. */
export function feedForTest(title: string, ...lines: readonly string[]): ThreatFeed {
  const entries = lines.map((line) => {
    const [to = "", ...about] = line.split(" ");
    const isBlock = /^[0-9.]+(\/|$)|:/.test(to);
    return {
      to: isBlock
        ? ({ kind: "block", cidr: cidrForTest(to) } as const)
        : ({ kind: "name", pattern: namePattern(to, "subdomains") } as const),
      about: about.join(" "),
    };
  });
  return { source: `${title}.csv`, asOfMs: undefined, title, entries };
}

/** With the built-in catalogue. */
export function knowledgeForTest(
  parts: Partial<Omit<Knowledge, "published">> & { readonly published?: readonly RangeGroup[] } = {},
): KnowledgeIndex {
  const { published = [], ...rest } = parts;
  const lists = published.map((group) => ({
    source: `${group.provider}.json`,
    asOfMs: undefined,
    provider: group.provider,
    groups: [group],
  }));
  return indexKnowledge({ ...noKnowledge, catalogue: wellKnownServices, ...rest, published: lists });
}
