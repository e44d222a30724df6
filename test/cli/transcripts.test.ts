import { test } from "vitest";
import { runProgram, transcript } from "./program.ts";

/** Name of the golden file, and the command line as typed in `test/cli/files`. */
const cases: readonly (readonly [name: string, line: string])[] = [
  ["lint-traps", "lint traps"],
  ["lint-traps-json", "lint traps -o json"],
  ["lint-traps-sarif", "lint traps -o sarif"],
  ["lint-traps-junit", "lint traps -o junit"],
  ["lint-clean", "lint old"],
  ["lint-notes-pass", "lint rewritten"],
  ["lint-notes-fail", "lint rewritten --fail-on note"],
  ["lint-hostile", "lint broken/hostile.yaml"],
  ["lint-hostile-junit", "lint broken/hostile.yaml -o junit"],
  ["lint-hostile-json", "lint broken/hostile.yaml -o json"],
  ["lint-empty-file", "lint broken/empty.yaml"],
  ["lint-binary-file", "lint broken/binary.yaml"],
  ["lint-half-a-file", "lint broken/half.yaml"],
  ["lint-nothing-relevant", "lint broken/unrelated.yaml"],
  ["lint-no-such-path", "lint nowhere"],
  ["lint-several-broken", "lint broken nowhere"],
  ["lint-some-broken", "lint traps broken/half.yaml"],
  ["diff-some-broken", "diff old broken/half.yaml"],
  ["diff-equal", "diff old old"],
  ["diff-equal-in-effect", "diff old rewritten"],
  ["diff-different", "diff old new"],
  ["diff-different-json", "diff old new -o json"],
  ["diff-different-sarif", "diff old new -o sarif"],
  ["diff-different-junit", "diff old new -o junit"],
  ["diff-from-nothing", "diff /dev/null old"],
  ["diff-network-policies", "diff pods-old pods-new"],
  ["explain-allowed", "explain -n shop --to 192.0.2.7:443 --policies old"],
  ["explain-denied-other-port", "explain -n shop --to 192.0.2.7:8443 --policies old"],
  ["explain-denied-v6", "explain -n shop --to [2001:db8::7]:443 --policies old"],
  ["explain-unknown-name-behind-address", "explain -n shop --to 198.51.100.7:443 --policies old"],
  ["explain-allowed-by-name", "explain -n shop --to api.example.com:443 --policies old"],
  ["explain-denied-other-name", "explain -n shop --to www.example.com:443 --policies old"],
  ["explain-no-policy", "explain -n other --to 198.51.100.7:443 --policies old"],
  ["explain-pods", "explain -n shop --to 192.0.2.200:443 --policies pods-new"],
  ["explain-labels", "explain -n shop --labels app=web --to 192.0.2.7:8000 --policies pods-new -o json"],
  ["explain-metadata-service", "explain -n shop --to 169.254.169.254:80 --policies old"],
  ["explain-icmp", "explain -n shop --to 192.0.2.7/icmp --policies old"],
  ["convert-legacy", "convert legacy --to egressfirewall"],
  ["convert-to-network-policy", "convert old --to networkpolicy"],
  ["convert-to-legacy", "convert new --to egressnetworkpolicy"],
  ["convert-already", "convert old --to egressfirewall"],
  ["usage-unknown-command", "lnit traps"],
  ["usage-unknown-option", "lint traps --flaws x"],
  ["usage-missing-argument", "diff old"],
  ["usage-bad-choice", "lint traps -o xml"],
  ["usage-bad-destination", "explain -n shop --to 192.0.2.7 --policies old"],
  ["usage-bad-port", "explain -n shop --to 192.0.2.7:70000 --policies old"],
  ["usage-bad-namespace", "explain -n ../etc --to 192.0.2.7:443 --policies old"],
  ["usage-bad-cidr", "suggest x --never 10.0.0.1/8"],
  ["usage-missing-option", "explain -n shop --policies old"],
];

test.concurrent.for(cases)("%s", { timeout: 60_000 }, async ([name, line], { expect }) => {
  const args = line.split(" ");
  const text = transcript(args, await runProgram(args));
  await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
});
