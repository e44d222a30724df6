import type { Suggestion } from "../../../../app/suggest-policies.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { Printer } from "../../terminal/printer.ts";
import { bold, dim, red, text, type Text, yellow } from "../../terminal/text.ts";
import { count, stretch } from "../../words/count.ts";
import { groupLeftOut } from "../suggest/left-out.ts";
import { ruleLines } from "../suggest/rule-lines.ts";
import { destinationOf } from "./destination.ts";

/** Something a person should know or decide about one workload. */
interface Doubt {
  readonly workload: string;
  /** `grave`: leads to credentials. `decide`: only a person can say. `plain`: never worked, so hardly missed. */
  readonly weight: "grave" | "decide" | "plain";
  readonly mark: Text;
  readonly what: string;
  readonly flows: number;
  readonly firstSeenMs: number | undefined;
  readonly lastSeenMs: number | undefined;
  readonly because: string;
}

const weights = ["grave", "decide", "plain"] as const;

/** By workload, the gravest first; the story of one workload in the order in which it happened. */
export function printDoubtful(suggestions: readonly Suggestion[], out: Printer): void {
  const stories = [...Map.groupBy(suggestions.flatMap(doubtsOf), ({ workload }) => workload).values()];
  const rank = (story: readonly Doubt[]): number => Math.min(...story.map(({ weight }) => weights.indexOf(weight)));
  for (const story of stories.toSorted((a, b) => rank(a) - rank(b))) {
    out.line(text`  ${bold(story[0]!.workload)}`, 4);
    const isPlain = story.every(({ weight }) => weight === "plain");
    for (const doubt of story.toSorted((a, b) => (a.firstSeenMs ?? 0) - (b.firstSeenMs ?? 0))) {
      const { mark, what, flows, firstSeenMs: first, lastSeenMs: last, because } = doubt;
      if (isPlain) {
        out.line(text`    ${mark}  ${what}  ${dim(because)}`, hang);
        continue;
      }
      const when = first === undefined || last === undefined ? "" : `, ${stretch(first, last)}`;
      out.line(text`    ${mark}  ${what}  ${dim(`${count(flows, "flow")}${when}`)}`, hang);
      out.line(text`${" ".repeat(hang)}${because}`, hang);
    }
  }
}

const hang = 17;
const denied = "denied     ";

function doubtsOf(suggestion: Suggestion): readonly Doubt[] {
  const { namespace, notLearned, notExpressible } = suggestion;
  const lost = (
    connections: Parameters<typeof groupLeftOut>[0],
    weight: Doubt["weight"],
    mark: Text,
  ): readonly Doubt[] =>
    groupLeftOut(connections).map(({ workload, destinations, ...own }) => ({
      ...own,
      workload: `${namespace} ${workload}`,
      what: destinations,
      weight,
      mark,
    }));
  const rare = ruleLines(suggestion).flatMap(({ text: rule, reason: { evidence } }): readonly Doubt[] =>
    evidence?.attention === undefined
      ? []
      : [
          {
            ...evidence,
            workload: `${namespace} ${evidence.workloads.map(formatWorkload).join(", ")}`,
            what: destinationOf(rule),
            because: evidence.attention,
            weight: "decide",
            mark: yellow("allowed (?)"),
          },
        ],
  );
  const forbidden = notLearned.filter(({ reason }) => reason === "forbidden");
  const idle = notLearned.filter(({ reason }) => reason !== "forbidden");
  return [
    ...lost(forbidden, "grave", red(denied)),
    ...rare,
    ...lost(notExpressible, "decide", yellow("denied (?) ")),
    ...lost(idle, "plain", dim(denied)),
  ];
}
