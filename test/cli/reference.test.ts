import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { exampleLines } from "../../src/surfaces/cli/help.ts";
import { onTerminal } from "./made-up.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const commands = Object.keys(exampleLines).filter((name) => name !== "postern");

test("the reference page is what the help says", async () => {
  const help = async (line: string): Promise<string> => (await onTerminal(line, { isTerminal: false })).stdout.trim();
  const section = (title: string, text: string): string => `## ${title}\n\n\`\`\`text\n${text}\n\`\`\`\n`;
  const sections = [
    section("`postern`", await help("--help")),
    ...(await Promise.all(commands.map(async (name) => section(`\`postern ${name}\``, await help(`${name} --help`))))),
  ];
  const page = `# Command line

Results go to standard output, everything else to standard error. Tables are aligned on a terminal and turn into lines with
tabs in a pipe; \`NO_COLOR\` and \`FORCE_COLOR\` are honoured. The forms of \`-o json\` are published in [\`docs/schema\`](../schema),
errors are listed in [\`errors.md\`](errors.md) and findings in [\`findings.md\`](findings.md). Rules are counted from 0, as OVN counts
them in its logs. This page is made from the help of the program; a test keeps the two equal.

${sections.join("\n")}`;
  await expect(page).toMatchFileSnapshot("../../docs/reference/cli.md");
});

/** Codes begin with what they are about. */
const areas = [
  "access",
  "api",
  "audit",
  "batch",
  "body",
  "certificate",
  "chat",
  "check",
  "cluster",
  "collector",
  "flows",
  "git",
  "gitops",
  "host",
  "history",
  "http",
  "knowledge",
  "law",
  "judge",
  "manifest",
  "namespace",
  "nothing",
  "observe",
  "onboard",
  "opa",
  "output",
  "phase",
  "policies",
  "proposal",
  "quota",
  "repositories",
  "serve",
  "session",
  "sign_in",
  "settings",
  "sources",
  "state",
  "suggest",
  "suggestion",
  "token",
  "webhook",
];
/** Fields of requests and of settings, and tables. */
const otherWords: ReadonlySet<string> = new Set([
  "access_denied",
  "api_server_cut_off",
  "audit_checkpoints",
  "audit_head",
  "audit_records",
  "cluster_name",
  "http_proxy",
  "namespace_days",
  "proposal_bodies",
  "sign_in_links",
]);
const codes = new RegExp(`"((?:${areas.join("|")})_[a-z_]+)"`, "g");

describe("errors.md", () => {
  const page = readFileSync(`${root}docs/reference/errors.md`, "utf8");
  const documented = new Set([...page.matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map(([, code]) => code!));
  const used = new Set(
    globSync("src/{app,adapters,surfaces,pipeline,main}/**/*.ts", {
      cwd: root,
      // Figures have names like codes.
      exclude: (path) => path.endsWith(".test.ts") || path.endsWith("metrics.ts"),
    })
      .map((path) => readFileSync(`${root}${path}`, "utf8"))
      .flatMap((text) => [...text.matchAll(codes)])
      .map(([, code]) => code!)
      .filter((code) => !otherWords.has(code)),
  );

  test("documents every code that a failure or warning can have", () => {
    expect([...used].filter((code) => !documented.has(code)).toSorted()).toEqual([]);
  });

  test("documents no code that nothing uses", () => {
    expect([...documented].filter((code) => !used.has(code)).toSorted()).toEqual([]);
  });
});
