import { type Cidr, formatCidr } from "../../../../core/net/ip-set.ts";
import { fixedPart, type NamePattern } from "../../../../core/net/name-pattern.ts";
import type { LawDemand, LawDestinations } from "../law.ts";
import {
  holdsBlock,
  isEverything,
  literal,
  overlapsBlock,
  portIsIn,
  portTouches,
  said,
  type Translation,
} from "./expression.ts";

/** A word that is stored and is neither of the two is taken for an allow: the controller and people read it differently. */
const allows = "r.type != 'Deny'";
const denies = "r.type == 'Deny'";
const block = "r.to.cidrSelector";
const hasBlock = "has(r.to.cidrSelector)";
const hasName = "has(r.to.dnsName)";
const everyPort = "(!has(r.ports) || r.ports.size() == 0)";
const name = "r.to.dnsName.lowerAscii()";
const families: readonly Cidr[] = [
  { family: 4, first: 0n, prefixLength: 0 },
  { family: 6, first: 0n, prefixLength: 0 },
];

const merged = "blocks that are open by several rules together are not noticed";
const split = "a deny that several rules make up is not understood: write it in one";

/** Of the rules that bear on something the first must be a deny, and there must be one. */
function deniedFirst(deny: string, allow: string): string {
  const list = `object.spec.egress.filter(r, (${denies} && ${deny}) || (${allows} && ${allow}))`;
  return `${list}.size() > 0 && ${list}[0].type == 'Deny'`;
}

/** What no rule names is denied: one deny of everything for each family, before any allow of everything. */
function closed(of: Cidr): string {
  const own = `${hasBlock} && ${holdsBlock(block, of)} && ${everyPort}`;
  return deniedFirst(own, own);
}

const closedAtTheEnd: readonly string[] = families.map(closed);

export function firewallExpressions(demand: LawDemand): Translation {
  switch (demand.kind) {
    case "forbidden":
      return forbidden(demand.to, false);
    case "mustDeny":
      return forbidden(demand.to, true);
    case "mustAllow":
      return mustAllow(demand.to);
    case "widestPrefix":
      return widestPrefix(demand);
    case "ports":
      return ports(demand);
    case "names":
      return names(demand);
    case "mostRules":
      return said([`object.spec.egress.size() <= ${demand.most}`]);
    case "defaultDeny":
      return said(closedAtTheEnd, split, merged, "taking the object away is not refused");
    default:
      return { because: "the object does not say it" };
  }
}

function touches({ l4 }: LawDestinations): string {
  if (isEverything(l4)) return "true";
  return `(${everyPort} || r.ports.exists(p, ${portTouches(l4, "p.port", "p.port", "p.protocol")}))`;
}

function forbidden(to: LawDestinations, isBeforeNames: boolean): Translation {
  const open = touches(to);
  const blocks = to.blocks.map((own) => {
    const overlapping = `${hasBlock} && ${overlapsBlock(block, own)} && ${open}`;
    const named = isBeforeNames ? `(${hasName} && ${open})` : "false";
    return deniedFirst(`${hasBlock} && ${holdsBlock(block, own)} && ${everyPort}`, `((${overlapping}) || ${named})`);
  });
  const byName = to.names.map(
    (own) => `object.spec.egress.all(r, ${denies} || !${hasName} || !${open} || !${sharesName(own)})`,
  );
  const notes = to.blocks.length > 0 ? [split] : [];
  if (to.names.length === 0) return said(blocks, ...notes);
  const wide = `object.spec.egress.all(r, ${denies} || !${hasBlock} || !${open} || !isCIDR(${block}) || cidr(${block}).prefixLength() > 0)`;
  const own = "a name that an earlier rule denies is refused all the same";
  return said([...blocks, ...byName, wide, ...closedAtTheEnd], ...notes, own, merged);
}

/** Whether the name of rule `r`, with a wildcard of one label or without, can be a name of the pattern. */
function sharesName(pattern: NamePattern): string {
  const fixed = fixedPart(pattern);
  const either = (text: string): string => `${name} == ${literal(text)} || ${name} == ${literal(`${text}.`)}`;
  if (pattern.kind !== "exact")
    return `(${name}.endsWith(${literal(`.${fixed}`)}) || ${name}.endsWith(${literal(`.${fixed}.`)}))`;
  const dot = fixed.indexOf(".");
  const above = dot < 0 ? "" : ` || ${either(`*${fixed.slice(dot)}`)}`;
  return `(${either(fixed)}${above})`;
}

function mustAllow({ blocks, names: needed, l4 }: LawDestinations): Translation {
  if (needed.length > 0)
    return { because: "whether a name stays allowed is asked of the whole policy, which an expression cannot compile" };
  if (!isEverything(l4) && !l4.every(({ first, last }) => first === last))
    return { because: "ranges of ports cannot be asked for one by one" };
  const hasPorts = isEverything(l4)
    ? everyPort
    : `(${everyPort} || (${l4.map((point) => `r.ports.exists(p, ${portIsIn([point], "p.port", "p.port", "p.protocol")})`).join(" && ")}))`;
  const touched = touches({ blocks, names: [], l4 });
  const own = blocks.map((each) => {
    const allow = `${hasBlock} && ${holdsBlock(block, each)} && ${hasPorts}`;
    const deny = `${hasBlock} && ${overlapsBlock(block, each)} && ${touched}`;
    const list = `object.spec.egress.filter(r, (${allows} && ${allow}) || (${denies} && ${deny}))`;
    return `${list}.size() == 0 || ${list}[0].type != 'Deny'`;
  });
  return said(own, "an allow that several rules make up is not understood: write it in one");
}

function widestPrefix({ v4, v6, except }: Extract<LawDemand, { kind: "widestPrefix" }>): Translation {
  const limits = ([4, 6] as const).flatMap((family) => {
    const limit = family === 4 ? v4 : v6;
    return limit === undefined ? [] : [{ family, limit }];
  });
  const rules = limits.map(({ family, limit }) => {
    const inside = except
      .filter((own) => own.family === family)
      .map((own) => ` || cidr(${literal(formatCidr(own))}).containsCIDR(${block})`)
      .join("");
    const narrow = `cidr(${block}).prefixLength() >= ${limit}${inside}`;
    return `object.spec.egress.all(r, ${denies} || !${hasBlock} || !isCIDR(${block}) || cidr(${block}).ip().family() != ${family} || ${narrow})`;
  });
  const ends = limits.map(({ family }) => closed(families[family === 4 ? 0 : 1]!));
  const strict = "a wide rule is refused although an earlier deny leaves little of it";
  return said([...rules, ...ends], merged, split, strict);
}

function ports({ only, never }: Extract<LawDemand, { kind: "ports" }>): Translation {
  const listed = "has(r.ports) && r.ports.size() > 0";
  const all = (condition: string): string =>
    `object.spec.egress.all(r, ${denies} || (${listed} && r.ports.all(p, ${condition})))`;
  const limits = [
    ...(only === undefined || isEverything(only) ? [] : [all(portIsIn(only, "p.port", "p.port", "p.protocol"))]),
    ...(never.length === 0 ? [] : [all(`!${portTouches(never, "p.port", "p.port", "p.protocol")}`)]),
  ];
  return said([...limits, ...closedAtTheEnd], split, "a rule that is never asked counts as the others");
}

function names({ wildcards, leastLabels, only }: Extract<LawDemand, { kind: "names" }>): Translation {
  const all = (condition: string): string => `object.spec.egress.all(r, ${denies} || !${hasName} || ${condition})`;
  const labels = `${name}.split('.').filter(l, l != '' && l != '*').size()`;
  const own = (pattern: NamePattern): string => {
    const fixed = fixedPart(pattern);
    if (pattern.kind === "exact") return `${name} == ${literal(fixed)} || ${name} == ${literal(`${fixed}.`)}`;
    return `${name}.endsWith(${literal(`.${fixed}`)}) || ${name}.endsWith(${literal(`.${fixed}.`)})`;
  };
  return said([
    ...(wildcards ? [] : [all(`!${name}.startsWith('*')`)]),
    ...(leastLabels === 0 ? [] : [all(`(!${name}.startsWith('*') || ${labels} >= ${leastLabels})`)]),
    ...(only === undefined ? [] : [all(only.length === 0 ? "false" : `(${only.map(own).join(" || ")})`)]),
  ]);
}
