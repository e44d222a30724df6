import { isRemoval } from "../../pipeline/propose/proposal-text.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { Dossier, RuleEvidence } from "../wire/dossier.ts";
import type { ExposureView } from "../wire/list.ts";
import type { LawVerdict } from "../wire/proposals.ts";
import { code, plainText, quotation, table } from "./markdown.ts";

/** Everything the pull request tells of a proposal. */
export interface PullRequestSubject {
  readonly proposal: Proposal;
  readonly dossier: Dossier | undefined;
  readonly laws: readonly LawVerdict[];
  /** File in the repository. */
  readonly path: string;
  /** How the text came into the file. */
  readonly how: string;
  /** Of this server, for a link back; undefined: none. */
  readonly publicUrl: string | undefined;
  /** Owners that the repository names, to be mentioned; checked names of the host. */
  readonly owners: readonly string[];
}

/** What a comment or a body of Postern's own begins with, so that it is told from people's. */
export const ownMark = "<!-- postern -->";

/** Rows of each table, fewer and fewer until the host takes it. */
const rowLimits = [200, 50, 20, 8, 3, 0] as const;

/** Markdown. Never longer than `most`; every word that somebody else chose is harmless. */
export function pullRequestBody(subject: PullRequestSubject, most: number): string {
  for (const rows of rowLimits) {
    const body = sections(subject, rows)
      .filter((section) => section !== "")
      .join("\n\n");
    if (body.length < most) return `${body}\n`;
  }
  const { id, number } = subject.proposal;
  return `${ownMark}\n\nProposal #\u200b${number} (${code(id)}) is too long to be shown here.\n`.slice(0, most);
}

function sections(subject: PullRequestSubject, rows: number): readonly string[] {
  const { proposal, dossier, laws } = subject;
  return [
    ownMark,
    headingOf(subject),
    whyOf(proposal),
    factsOf(subject),
    dossier === undefined ? "" : riskOf(dossier),
    dossier === undefined ? "" : checksOf(dossier),
    dossier === undefined ? "" : rulesOf(dossier.rules, rows),
    dossier === undefined ? "" : changesOf(dossier, rows),
    dossier === undefined ? "" : replayOf(dossier, rows),
    lawsOf(laws, rows),
    rollbackOf(subject),
    footOf(subject),
  ];
}

function headingOf({ proposal, how, path }: PullRequestSubject): string {
  const { kind, policyName, namespace, cluster } = proposal;
  const where = `${kind} ${code(policyName)} of ${namespace === "" ? "the whole cluster" : `namespace ${code(namespace)}`} in ${code(cluster)}`;
  if (isRemoval(proposal)) return `Takes away the ${where} (${code(path)}).`;
  const ways: Readonly<Record<string, string>> = {
    added: "a new file",
    "rules-edited":
      "only the rules that change were edited in the file that held it; what it means is proven to be what was approved",
    "document-replaced": "its document was replaced, the rest of the file is as it was",
  };
  return `Changes the ${where}: ${code(path)}, ${ways[how] ?? "as it stands"}.`;
}

function whyOf({ justification, ticket }: Proposal): string {
  const why = justification.trim() === "" ? "_No justification was given._" : quotation(justification, 60);
  return `### Why\n\n${why}${ticket === "" ? "" : `\n\nTicket: ${code(ticket)}`}`;
}

function factsOf({ proposal, dossier }: PullRequestSubject): string {
  const approvals = proposal.decisions.filter(
    ({ action, revision }) => action === "approve" && revision === proposal.revision,
  );
  const readiness = dossier?.readiness ?? undefined;
  const facts: (readonly [string, string])[] = [
    ["Risk", `**${proposal.risk}**`],
    [
      "Readiness",
      readiness === undefined
        ? "unknown"
        : `${percent(readiness.day)} that a day passes without blocking anything needed, ${percent(readiness.week)} for a week`,
    ],
    [
      "Written by",
      [...new Set(proposal.editors.map(({ name }) => code(name)))].join(", ") || code(proposal.author.name),
    ],
    ["Approved by", approvals.map(({ by }) => code(by.name)).join(", ") || "nobody yet"],
    ["Evidence", dossier === undefined ? "none" : evidenceOf(dossier)],
    [
      "Open addresses × ports",
      dossier === undefined ? "unknown" : `${exposure(dossier.exposureBefore)} → ${exposure(dossier.exposureAfter)}`,
    ],
  ];
  if (proposal.expiresAtMs !== undefined) facts.push(["Temporary", `until ${day(proposal.expiresAtMs)}`]);
  if (proposal.reverts !== undefined) facts.push(["Reverts", code(proposal.reverts)]);
  return table(["", ""], facts);
}

function evidenceOf({ evidence }: Dossier): string {
  const { connections, destinations, workloads, fromMs, toMs, samplingMax } = evidence;
  const window = fromMs === null || toMs === null ? "" : `, ${day(fromMs)} to ${day(toMs)}`;
  const sampled = samplingMax > 1 ? `, sampled 1 in ${samplingMax}` : "";
  return `${connections} connections of ${workloads} workloads to ${destinations} destinations${window}${sampled}`;
}

function riskOf({ risk, cautions }: Dossier): string {
  const reasons = [...risk.reasons, ...cautions].map((reason) => `- ${plainText(reason)}`);
  return reasons.length === 0
    ? ""
    : `### Risk: ${risk.level}, ${Math.round(risk.score)} of 100\n\n${reasons.slice(0, 20).join("\n")}`;
}

function checksOf({ checks }: Dossier): string {
  if (checks.length === 0) return "";
  const lines = checks.map(
    ({ name, passed, detail }) => `- ${passed ? "✅" : "❌"} ${plainText(name)}: ${plainText(detail)}`,
  );
  return `### Proof\n\n${lines.join("\n")}`;
}

function rulesOf(rules: readonly RuleEvidence[], rows: number): string {
  if (rules.length === 0) return "";
  const shown = rules
    .slice(0, rows)
    .map(({ index, action, destination, ports, service, reason, workloads, connections, lastSeenMs }) => [
      String(index),
      action,
      code(destination),
      plainText(ports),
      plainText(service),
      `${workloads.slice(0, 3).map(code).join(", ")}${workloads.length > 3 ? ` and ${workloads.length - 3} more` : ""}`,
      String(connections),
      lastSeenMs === null ? "never" : day(lastSeenMs),
      plainText(reason),
    ]);
  const head = ["#", "Action", "Destination", "Ports", "Service", "Used by", "Connections", "Last", "Why"];
  return folded(
    `Evidence for ${rules.length} rules`,
    shown.length === 0 ? "" : table(head, shown),
    rules.length - shown.length,
  );
}

function changesOf({ differences, differencesLeftOut, isComparisonComplete }: Dossier, rows: number): string {
  const total = differences.length + differencesLeftOut;
  const open = isComparisonComplete
    ? ""
    : "\n\nThe comparison is not complete: no difference found does not mean equal.";
  if (total === 0) return `### What changes\n\nNo connection is decided in another way.${open}`;
  const shown = differences
    .slice(0, rows)
    .map(({ change, destination, ports, example, before, after }) => [
      change === "newly allowed" ? "➕ newly allowed" : "➖ newly denied",
      code(destination),
      plainText(ports),
      code(example),
      plainText(before),
      plainText(after),
    ]);
  const rest = total - shown.length;
  const body = shown.length === 0 ? "" : table(["Change", "Destination", "Ports", "Example", "Before", "After"], shown);
  return `### What changes\n\n${body}${rest > 0 ? `\n\n${rest} more are shown in Postern.` : ""}${open}`;
}

function replayOf({ replay }: Dossier, rows: number): string {
  const { newlyDenied, newlyAllowed, unchangedAllowed, unchangedDenied, unknown } = replay;
  const counts = `${newlyDenied} recorded connections would be newly denied, ${newlyAllowed} newly allowed; ${unchangedAllowed} stay allowed, ${unchangedDenied} stay denied${unknown > 0 ? `, ${unknown} cannot be told` : ""}.`;
  const changed = replay.rows.filter(({ before, after }) => before !== after || after === "unknown");
  const shown = changed
    .slice(0, rows)
    .map(({ edge, before, after, afterBy }) => [
      code(edge.workload),
      code(edge.names[0] ?? edge.address),
      `${plainText(edge.protocol)} ${edge.port}`,
      `${before} → ${after}`,
      plainText(afterBy),
      String(edge.flows),
    ]);
  const body =
    shown.length === 0 ? "" : `\n\n${table(["Workload", "Destination", "Port", "Verdict", "By", "Flows"], shown)}`;
  const rest = newlyDenied + newlyAllowed + unknown - shown.length;
  return `### Replay of recorded traffic\n\n${counts}${body}${shown.length > 0 && rest > 0 ? `\n\n${rest} more are shown in Postern.` : ""}`;
}

function lawsOf(laws: readonly LawVerdict[], rows: number): string {
  if (laws.length === 0) return "### Guardrails\n\nNo clause of the organisation's law is breached.";
  const lines = laws
    .slice(0, Math.max(rows, 3))
    .map(
      ({ clause, law, effect, message }) =>
        `- ${effect === "forbids" ? "❌" : "⚠️"} ${code(clause)} of ${code(law)}: ${plainText(message)}`,
    );
  return `### Guardrails\n\n${lines.join("\n")}`;
}

function rollbackOf({ proposal, path }: PullRequestSubject): string {
  const back =
    proposal.baseManifest === undefined || proposal.baseManifest === ""
      ? `deletes ${code(path)}'s object again, which leaves egress as open as it was`
      : "restores the policy that was there before";
  return `### Rollback\n\nRoll back in Postern, which opens the reverse change for review, or revert the merge commit of this pull request (${code("git revert -m 1 <merge commit>")}): it ${back}.`;
}

function footOf({ proposal, publicUrl, owners }: PullRequestSubject): string {
  const { id, number, revision, dossierDigest } = proposal;
  const name = `Proposal #\u200b${number}`;
  const link =
    publicUrl === undefined ? name : `[${name}](${publicUrl.replace(/\/+$/, "")}/proposals/${encodeURIComponent(id)})`;
  const asked = owners.length === 0 ? "" : `Owners of this path: ${owners.map((owner) => `@${owner}`).join(" ")}\n\n`;
  return `---\n\n${asked}${link} (${code(id)}), revision ${revision}, evidence ${code(dossierDigest)}. Postern pushes to this branch until somebody else commits to it; comments here show in Postern as well.`;
}

function folded(title: string, body: string, rest: number): string {
  const more = rest > 0 ? `\n\n${rest} more are shown in Postern.` : "";
  return body === ""
    ? `### ${title}${more}`
    : `### ${title}\n\n<details><summary>Show</summary>\n\n${body}${more}\n\n</details>`;
}

function percent(chance: number): string {
  return `${(Math.floor(chance * 1000) / 10).toFixed(1)} %`;
}

function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

function exposure({ v4, v6, unresolvedRules }: ExposureView): string {
  const power = (value: number | null): string => (value === null ? "nothing" : `2^${Math.round(value * 10) / 10}`);
  return `IPv4 ${power(v4)}, IPv6 ${power(v6)}${unresolvedRules > 0 ? `, ${unresolvedRules} by name` : ""}`;
}
