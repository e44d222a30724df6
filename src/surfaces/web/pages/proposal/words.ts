import type { Dossier } from "../../../../app/wire/dossier.ts";
import type { ProposalDetail } from "../../../../app/wire/proposals.ts";
import { countOf, formatCount } from "../../parts/formats.ts";

function replayInWords({ replay, evidence, notLearned, notLearnedLeftOut }: Dossier): string {
  const { newlyDenied, newlyAllowed, unknown } = replay;
  if (evidence.connections === 0) return "No connections were recorded, so nothing could be replayed.";
  const recorded = `Of ${countOf(evidence.connections, "recorded connection")}`;
  const changes = [
    newlyDenied > 0 ? `${formatCount(newlyDenied)} would be blocked that are open now` : "",
    newlyAllowed > 0 ? `${formatCount(newlyAllowed)} would open that are blocked now` : "",
    unknown > 0 ? `${formatCount(unknown)} cannot be judged` : "",
  ].filter((part) => part !== "");
  if (changes.length === 0) return `${recorded}, every one keeps its verdict.`;
  const leftOut = notLearned.length + notLearnedLeftOut;
  const onPurpose =
    leftOut === 0 ? "" : ` Postern left ${formatCount(leftOut)} of them out on purpose; Replay says why.`;
  return `${recorded}, ${changes.join(", ")}.${onPurpose}`;
}

function differenceInWords({ differences, differencesLeftOut, isComparisonComplete }: Dossier): string {
  const opened = differences.filter(({ change }) => change === "newly allowed").length;
  const closed = differences.length - opened;
  const more = differencesLeftOut > 0 ? `, and ${countOf(differencesLeftOut, "more difference")} left out here` : "";
  const open = isComparisonComplete ? "" : " The comparison is not complete: there may be more.";
  if (differences.length === 0) {
    return isComparisonComplete ? "It decides exactly as the policy before." : `No difference was found.${open}`;
  }
  const verbs = [
    closed > 0 ? `closes ${countOf(closed, "range of destinations", "ranges of destinations")}` : "",
    opened > 0 ? `opens ${countOf(opened, "range of destinations", "ranges of destinations")}` : "",
  ].filter((part) => part !== "");
  return `It ${verbs.join(" and ")}${more}.${open}`;
}

/** What a proposal does, in sentences that somebody who does not read YAML can decide by. */
export function changeInWords(proposal: ProposalDetail): readonly string[] {
  const { dossier, baseManifest, manifest, kind, policyName, namespace, origin, reverts } = proposal;
  const policy = `\`${policyName}\` (${kind}) in \`${namespace}\``;
  const first =
    manifest === ""
      ? `Removes ${policy}: its traffic is no longer restricted by it.`
      : baseManifest === null
        ? `Adds ${policy}, with ${countOf(dossier.rules.length, "rule")}. Nothing restricts egress by it today.`
        : `Changes ${policy}, which has ${countOf(dossier.rules.length, "rule")} afterwards.`;
  const why: string[] = [];
  if (origin === "revert" || reverts !== null) why.push("Takes a change back that was merged before.");
  return [first, ...why, differenceInWords(dossier), replayInWords(dossier)];
}
