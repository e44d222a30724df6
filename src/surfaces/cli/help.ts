import type { Context } from "./context.ts";
import { Exit } from "./exit.ts";
import { sampleFolderFrom } from "./sample-folder.ts";
import { shellWord } from "./words/shell.ts";

interface Example {
  readonly what: string;
  readonly line: string;
}

/** Lines of shell as typed in a checkout with `postern` on the path: a test runs them. */
export const exampleLines: Readonly<Record<string, readonly Example[]>> = {
  postern: [
    { what: "see the main job on a sample", line: "postern demo" },
    {
      what: "the same on recorded flows of your own",
      line: "postern suggest examples/shop/flows --cluster examples/shop/cluster -n shop-payments",
    },
    { what: "check policies in a pull request", line: "postern lint examples/shop/policies" },
  ],
  suggest: [
    {
      what: "a week of flows into one file per namespace, and a report",
      line: "postern suggest examples/shop/flows --cluster examples/shop/cluster --out proposals",
    },
    {
      what: "one namespace to standard output, showing what changes against today",
      line: "postern suggest examples/shop/flows --cluster examples/shop/cluster -n shop-payments --policies examples/shop/policies -o table",
    },
    {
      what: "never open the old data centre, whatever was recorded",
      line: "postern suggest examples/shop/flows --cluster examples/shop/cluster --never 10.20.0.0/16",
    },
  ],
  lint: [
    { what: "everything in a folder", line: "postern lint examples/shop/policies" },
    { what: "for code scanning, errors only", line: "postern lint examples/shop/policies --fail-on error -o sarif" },
    {
      what: "rules that no recorded flow needed",
      line: "postern lint examples/shop/policies --flows examples/shop/flows --cluster examples/shop/cluster",
    },
  ],
  diff: [
    { what: "what a proposal changes", line: "postern diff examples/shop/policies proposals" },
    { what: "what today's policies do at all", line: "postern diff /dev/null examples/shop/policies" },
  ],
  replay: [
    {
      what: "would these policies break anything that was recorded?",
      line: "postern replay --policies examples/shop/policies examples/shop/flows --cluster examples/shop/cluster",
    },
    {
      what: "compare a proposal with today, also failing on unknown verdicts",
      line: "postern replay --policies proposals --against examples/shop/policies --strict examples/shop/flows --cluster examples/shop/cluster",
    },
  ],
  verify: [
    {
      what: "do these policies hold against a week of traffic, and what else do they allow?",
      line: "postern verify examples/shop/policies --flows examples/shop/flows --cluster examples/shop/cluster",
    },
    {
      what: "a proposal against today, for a build server",
      line: "postern verify proposals --against examples/shop/policies --flows examples/shop/flows --cluster examples/shop/cluster -o junit",
    },
  ],
  check: [
    {
      what: "a pull request, as the server would judge it",
      line: "postern check examples/shop/policies --law examples/laws --base-rev origin/main",
    },
    {
      what: "two folders, with recorded flows, as a comment for the pull request",
      line: "postern check proposals --base examples/shop/policies --law examples/laws --flows examples/shop/flows --cluster examples/shop/cluster -o markdown",
    },
  ],
  law: [
    { what: "is the law well written?", line: "postern law check examples/laws" },
    { what: "let the cluster hold it", line: "postern law export examples/laws > admission.yaml" },
  ],
  "law check": [{ what: "is the law well written?", line: "postern law check examples/laws" }],
  "law export": [{ what: "let the cluster hold it", line: "postern law export examples/laws > admission.yaml" }],
  optimise: [
    {
      what: "what could be better, from the policies alone",
      line: "postern optimise examples/shop/policies",
    },
    {
      what: "with a week of traffic, as a patch to review",
      line: "postern optimise examples/shop/policies --flows examples/shop/flows --cluster examples/shop/cluster --unused-days 7 --patch",
    },
  ],
  explain: [
    {
      what: "why is this blocked?",
      line: "postern explain -n shop-payments --to 203.0.113.77:3333 --policies examples/shop/policies",
    },
    {
      what: "by name, with the addresses and the traffic that was recorded",
      line: "postern explain -n shop-payments --workload checkout --to api.payments.example:443 --policies examples/shop/policies --flows examples/shop/flows --cluster examples/shop/cluster",
    },
  ],
  convert: [
    {
      what: "the legacy kind into today's",
      line: "postern convert examples/shop/policies/shop-media --to egressfirewall",
    },
    {
      what: "into network policies, one file per namespace",
      line: "postern convert examples/shop/policies --to networkpolicy --out converted",
    },
  ],
  onboard: [
    {
      what: "what a payments namespace of another shop will need",
      line: "postern onboard shop-payments-eu examples/shop/flows --cluster examples/shop/cluster --workload Deployment/checkout --label app=checkout",
    },
  ],
  history: [
    {
      what: "keep a week of flows",
      line: "postern history import examples/shop/flows --cluster examples/shop/cluster --data history",
    },
    { what: "what there is", line: "postern history coverage --data history" },
    {
      what: "learn from all that was kept",
      line: "postern suggest --history history --since 2026-01-01 -n shop-payments --cluster examples/shop/cluster",
    },
  ],
  "history import": [
    {
      what: "into a folder; running it again changes nothing",
      line: "postern history import examples/shop/flows --cluster examples/shop/cluster --data history",
    },
  ],
  "history edges": [
    {
      what: "one namespace in one week",
      line: "postern history edges -n shop-payments --since 2026-03-02 --until 2026-03-09 --data history",
    },
  ],
  "history names": [
    {
      what: "addresses behind a name",
      line: "postern history names --name api.payments.example --since 2026-01-01 --data history",
    },
  ],
  "history new": [
    {
      what: "what appeared since Saturday",
      line: "postern history new --since 2026-03-07 --data history",
    },
  ],
  "history talkers": [
    {
      what: "the addresses that most is sent to",
      line: "postern history talkers --of destination --by bytes --since 2026-01-01 --data history",
    },
  ],
  "history coarse": [
    {
      what: "who sends anything out at all, by metrics",
      line: "postern history coarse --since 2026-03-01 --data history",
    },
  ],
  "history coverage": [{ what: "namespaces, times and sources", line: "postern history coverage --data history" }],
  "history export": [
    {
      what: "everything, for other tools",
      line: "postern history export --out parquet --data history",
    },
  ],
  "history maintain": [
    {
      what: "hours of the last two weeks, days of a year",
      line: "postern history maintain --hourly-days 14 --daily-days 365 --data history",
    },
  ],
  serve: [
    { what: "a collector for observers on this machine", line: "postern serve --data collector" },
    {
      what: "for observers in clusters, with tokens or client certificates",
      line: "postern serve --data collector --listen :8723 --tls-cert server.pem --tls-key server.key --client-ca clients.pem",
    },
  ],
  sources: [
    { what: "what arrives here, in the last quarter of an hour", line: "postern sources --data collector" },
    {
      what: "at a collector far away, since yesterday",
      line: "postern sources --server https://collector.example:8723 --token-file token --window 1440",
    },
  ],
  token: [
    { what: "let an observer ship", line: "postern token create --data collector --cluster east" },
    { what: "who has one, and who uses it", line: "postern token list --data collector" },
  ],
  "token create": [
    {
      what: "for a year; the token is all that goes to standard output",
      line: "postern token create --data collector --cluster east --expires 365d --label east > token",
    },
    {
      what: "for reading everything, as Prometheus needs it",
      line: "postern token create --data collector --cluster '*' --scope read",
    },
  ],
  "token list": [{ what: "who has one, and who uses it", line: "postern token list --data collector" }],
  "token revoke": [{ what: "no longer", line: "postern token revoke 0123456789ab --data collector" }],
  user: [
    { what: "who may sign in with a password, and do what", line: "postern user list --data collector" },
    { what: "the administrator's password is forgotten", line: "postern user link admin --data collector" },
  ],
  "user list": [{ what: "who may sign in with a password, and do what", line: "postern user list --data collector" }],
  "user add": [
    {
      what: "somebody who decides what happens in some namespaces",
      line: "postern user add ada --title 'Ada Lovelace' --grant 'approve=east/shop-*' --data collector",
    },
    { what: "one more administrator", line: "postern user add grace --administrator --data collector" },
  ],
  "user link": [{ what: "a password is forgotten", line: "postern user link admin --data collector" }],
  "user disable": [{ what: "no longer", line: "postern user disable ada --data collector" }],
  quota: [{ what: "what holds", line: "postern quota list --data collector" }],
  "quota set": [
    { what: "for each cluster", line: "postern quota set '*' --edges-per-hour 500000 --data collector" },
    { what: "none for this one", line: "postern quota set east --data collector" },
  ],
  "quota list": [{ what: "what holds", line: "postern quota list --data collector" }],
  "quota remove": [{ what: "as all others again", line: "postern quota remove east --data collector" }],
  observe: [
    {
      what: "everything that a file names, as deploy/observer.yaml does",
      line: "postern observe --config observer.yaml",
    },
    {
      what: "flow exports of a lab's switches, for as long as it runs",
      line: "postern observe --source flow-export --set 'exporters=[192.0.2.0/24]' --cluster-name lab --to http://127.0.0.1:8723",
    },
  ],
  "observe check": [{ what: "before it is rolled out", line: "postern observe check observer.yaml" }],
  "observe key": [{ what: "into a file", line: "postern observe key > observer.key" }],
  reveal: [{ what: "a policy that was proposed far away", line: "postern reveal --key-file observer.key" }],
  audit: [
    { what: "was anything touched?", line: "postern audit verify" },
    { what: "keep a copy, and check it elsewhere", line: "postern audit export > audit.jsonl" },
  ],
  "audit verify": [
    { what: "the store of the server", line: "postern audit verify" },
    { what: "an export", line: "postern audit verify audit.jsonl" },
  ],
  "audit export": [
    { what: "for `audit verify`", line: "postern audit export > audit.jsonl" },
    { what: "for a system that reads OCSF", line: "postern audit export --format ocsf > audit.ocsf.jsonl" },
  ],
  "audit prove": [{ what: "one decision", line: "postern audit prove 0 > proof.json" }],
  "audit key": [{ what: "the key to give to who checks", line: "postern audit key" }],
  demo: [{ what: "look at the sample", line: "postern demo" }],
};

/** As they work where the reader stands. */
export function examples(command: string, context: Context): string {
  const program = shellWord(context.io.programName);
  const sample = sampleFolderFrom(context);
  // The rest is a line of shell already, quotes and redirections included.
  const lines = (exampleLines[command] ?? []).flatMap(({ what, line }) => {
    const own = line
      .replace(/^postern\b/, () => program)
      .replaceAll(/(?<= )examples\/shop([\w/.-]*)/g, (_, below: string) => shellWord(`${sample}${below}`));
    return [`  # ${what}`, `  ${own}`, ""];
  });
  return lines.length === 0 ? "" : `\nExamples:\n${lines.join("\n").trimEnd()}\n`;
}

export const exitCodes = `
Exit codes:
  ${Exit.ok}    done, and the answer is yes
  ${Exit.failed}    could not be done
  ${Exit.usage}    the command line is wrong
  ${Exit.negative}    done, and the answer is no: findings, differences, something denied
  ${Exit.notAllowed}    not allowed to read or write something
  ${Exit.interrupted}  interrupted
`;
