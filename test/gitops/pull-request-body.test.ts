import * as fc from "fast-check";
import { expect, test } from "vitest";
import { commitMessage, isCommitFor } from "../../src/app/gitops/commit-message.ts";
import { code, inertLine, plainText, table } from "../../src/app/gitops/markdown.ts";
import { pullRequestBody, type PullRequestSubject } from "../../src/app/gitops/pull-request-body.ts";
import { proposalForTest } from "../../src/pipeline/propose/proposal.test-support.ts";
import { dossierForTest } from "./dossier-for-test.ts";

const approval = {
  atMs: Date.UTC(2026, 0, 15),
  by: { subject: "local:bo", name: "Bo" },
  action: "approve",
  from: "pending-review",
  to: "approved",
  revision: 1,
  comment: "",
} as const;

const subject: PullRequestSubject = {
  proposal: proposalForTest({
    number: 12,
    state: "approved",
    justification: "The bank's new interface.\nAgreed with @ann, see #7.",
    ticket: "NET-42",
    decisions: [approval],
    dossierDigest: "d".repeat(64),
    expiresAtMs: Date.UTC(2026, 5, 1),
  }),
  dossier: dossierForTest(),
  laws: [
    {
      clause: "widest-prefix",
      law: "company@3",
      effect: "warns",
      message: "wider than /28",
      rule: 0,
      line: 9,
    },
  ],
  path: "clusters/east/shop/egress-firewall.yaml",
  how: "rules-edited",
  publicUrl: "https://postern.example.com/",
  owners: ["platform/network"],
};

test("what a reviewer reads", async () => {
  await expect(pullRequestBody(subject, 65_536)).toMatchFileSnapshot("../golden/gitops/pull-request-body.md");
  await expect(commitMessage(subject.proposal)).toMatchFileSnapshot("../golden/gitops/commit-message.txt");
});

test.each([1_000, 3_000, 4_000, 20_000, 65_536])(
  "never more than %d characters, with the facts before the tables",
  (most) => {
    const many = Array.from({ length: 500 }, (_, index) => ({ ...dossierForTest().rules[0]!, index }));
    const body = pullRequestBody({ ...subject, dossier: dossierForTest({ rules: many }) }, most);
    expect(body.length).toBeLessThanOrEqual(most);
    expect(body.startsWith("<!-- postern -->")).toBe(true);
    if (most > 4_000) expect(body).toContain("Rollback");
  },
);

test.each([
  ["a mention", "@ada"],
  ["a team", "thanks @org/team"],
  ["a reference", "fixes #12"],
  ["a merge request", "see !34"],
  ["a command of GitLab", "/merge"],
  ["a link", "[click](https://evil.example)"],
  ["a bare link", "https://evil.example/x"],
  ["an address without scheme", "www.evil.example"],
  ["an image", "![x](//evil.example/x.png)"],
  ["HTML", "<img src=x onerror=alert(1)>"],
  ["the end of the details", "</details>"],
  ["a comment that hides what follows", "<!-- "],
  ["a row of a table", "a | b | c"],
  ["a fence", "```\nrm -rf\n```"],
  ["a heading", "# approved"],
  ["a line that turns the text around", "\u202eabc"],
])("%s in somebody's words does nothing", (_, words) => {
  const proposal = { ...subject.proposal, justification: words, ticket: words, namespace: words, title: words };
  const rules = [
    { ...dossierForTest().rules[0]!, destination: words, reason: words, workloads: [words], service: words },
  ];
  const body = pullRequestBody({ ...subject, proposal, dossier: dossierForTest({ rules }), owners: [] }, 65_536);
  // What stands in code spans is text to every host.
  const live = body.replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, "");
  const own = new Set(["<!-- postern -->", "<details>", "<summary>", "</summary>", "</details>"]);
  const tags = [...live.matchAll(/(?<!\\)<\/?[a-z!][^>]*>/gi)].map(([tag]) => tag).filter((tag) => !own.has(tag));
  expect(tags).toEqual([]);
  expect(live).not.toMatch(/@(?=\w)/);
  expect(live).not.toMatch(/[#!](?=\d)/);
  expect(live.replace("https://postern.example.com/proposals/", "")).not.toMatch(/:\/\//);
  expect(live).not.toMatch(/^\/\w|^> \/\w/m);
  expect(live).not.toContain("\u202e");
  expect(live.match(/<\/details>/g)).toHaveLength(1);
});

test("any text is one line, and its letters stay", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(plainText(text)).not.toMatch(/[\n\r]/);
      expect(code(text)).not.toMatch(/[\n\r]/);
      expect(plainText(text)).not.toMatch(/(?<!\\)[<>]/);
    }),
  );
});

test("a commit of the proposal is told from one that quotes its trailer", () => {
  const message = commitMessage(subject.proposal);
  expect(isCommitFor(message, subject.proposal.id)).toBe(true);
  expect(isCommitFor(message, "p-ffffffffffffffff")).toBe(false);
  const forged = { ...subject.proposal, justification: "Postern-Proposal: p-ffffffffffffffff" };
  expect(isCommitFor(commitMessage(forged), "p-ffffffffffffffff")).toBe(false);
});

test.each([
  ["Fixes #1 and GH-2", /#\d|GH-\d/],
  ["closes https://git.example.com/a/b/issues/3", /https:\/\//],
  ["later [skip ci] [CI skip] [no ci] [skip actions]", /\[(?:skip|no|ci)/i],
  ["ping @everyone", /@\w/],
  ["/merge", /(?:^|\n)\/\w/],
])("a title or a reason such as `%s` commands no host", (words, command) => {
  expect(commitMessage({ ...subject.proposal, title: words, justification: words, ticket: words })).not.toMatch(
    command,
  );
  expect(inertLine(words)).not.toMatch(command);
  expect(plainText(words)).not.toMatch(/#\d|GH-\d|https:\/\/|@\w|^\/\w/);
});

test("a name with bars and backslashes stays in its cell", () => {
  for (const name of ["a|b", "a\\|b", "a\\\\|@everyone", "|"]) {
    const row = table(["x", "y"], [[code(name), "z"]]).split("\n")[2]!;
    // As a renderer splits it, whichever way it counts backslashes.
    expect(row.replaceAll("\\\\", "").split(/(?<!\\)\|/)).toHaveLength(4);
    expect(row.split(/(?<!\\)\|/)).toHaveLength(4);
  }
});
