import { type Cidr, formatCidr } from "../../../../core/net/ip-set.ts";
import type { L4Set } from "../../../../core/net/l4.ts";
import type { LawDemand, LawDestinations } from "../law.ts";
import { isEverything, literal, overlapsBlock, portIsIn, portTouches, said, type Translation } from "./expression.ts";

/** Rules of a NetworkPolicy that only filters what comes in say nothing. */
const rules = "(has(object.spec.egress) ? object.spec.egress : [])";
const everywhere = "(!has(r.to) || r.to.size() == 0)";
const everyPort = "(!has(r.ports) || r.ports.size() == 0)";
const protocol = "(has(p.protocol) ? p.protocol : 'TCP')";
/** A port by name is one of the pod it leads to, which nobody knows here. */
const hasNumber = "has(p.port) && type(p.port) == int";
const last = "(has(p.endPort) ? p.endPort : p.port)";
const text = "t.ipBlock.cidr";

const merged = "blocks that are open by several rules together are not noticed";
const excepted = "what `except` leaves of a block is not counted together";

export function networkPolicyExpressions(demand: LawDemand): Translation {
  switch (demand.kind) {
    case "forbidden":
    case "mustDeny":
      return forbidden(demand.to);
    case "widestPrefix":
      return widestPrefix(demand);
    case "ports":
      return ports(demand);
    case "mostRules":
      return said([`${rules}.size() <= ${demand.most}`]);
    case "defaultDeny":
      return { because: "a NetworkPolicy that filters egress denies by default" };
    case "names":
      return { because: "a NetworkPolicy has no names" };
    case "mustAllow":
      return { because: "network policies add up, so nothing can be asked of one alone" };
    default:
      return { because: "the object does not say it" };
  }
}

function touchesPort(set: L4Set): string {
  if (isEverything(set)) return "true";
  const whole = portTouches(set, "0", "65535", protocol);
  return `(${everyPort} || r.ports.exists(p, ${hasNumber} ? ${portTouches(set, "p.port", last, protocol)} : ${whole}))`;
}

function forbidden({ blocks, names, l4 }: LawDestinations): Translation {
  if (blocks.length === 0) return { because: "a NetworkPolicy has no names" };
  const own = blocks.map((block) => {
    const left = `!(has(t.ipBlock.except) && t.ipBlock.except.exists(e, isCIDR(e) && cidr(e).containsCIDR(${literal(formatCidr(block))})))`;
    const opens = `(${everywhere} || r.to.exists(t, has(t.ipBlock) && ${overlapsBlock(text, block)} && ${left}))`;
    return `${rules}.all(r, !(${opens} && ${touchesPort(l4)}))`;
  });
  return said(own, excepted, ...(names.length > 0 ? ["its names are not looked at: a NetworkPolicy has none"] : []));
}

function widestPrefix({ v4, v6, except }: Extract<LawDemand, { kind: "widestPrefix" }>): Translation {
  const limits = ([4, 6] as const).flatMap((family) => {
    const limit = family === 4 ? v4 : v6;
    return limit === undefined ? [] : [{ family, limit }];
  });
  const inside = (family: 4 | 6): string =>
    except
      .filter((own: Cidr) => own.family === family)
      .map((own) => ` || cidr(${literal(formatCidr(own))}).containsCIDR(${text})`)
      .join("");
  const narrow = limits
    .map(
      ({ family, limit }) =>
        `(cidr(${text}).ip().family() != ${family} || cidr(${text}).prefixLength() >= ${limit}${inside(family)})`,
    )
    .join(" && ");
  const own = `${rules}.all(r, !${everywhere} && r.to.all(t, !has(t.ipBlock) || !isCIDR(${text}) || (${narrow})))`;
  return said([own], merged, "what `except` takes out of a wide block is not counted");
}

function ports({ only, never }: Extract<LawDemand, { kind: "ports" }>): Translation {
  const all = (number: string, whole: string): string =>
    `${rules}.all(r, !${everyPort} && r.ports.all(p, ${hasNumber} ? ${number} : ${whole}))`;
  return said([
    ...(only === undefined || isEverything(only)
      ? []
      : [all(portIsIn(only, "p.port", last, protocol), portIsIn(only, "0", "65535", protocol))]),
    ...(never.length === 0
      ? []
      : [all(`!${portTouches(never, "p.port", last, protocol)}`, `!${portTouches(never, "0", "65535", protocol)}`)]),
  ]);
}
