import { expect, test } from "vitest";
import { ownersOf } from "../../src/app/gitops/code-owners.ts";
import { matchesPattern } from "../../src/app/gitops/repository-settings.ts";
import { relativeTo, resolvedFrom } from "../../src/app/gitops/tree.ts";

const text = `# who looks at what
*                 @everyone
/clusters/        @platform/network
/clusters/east/   @ada @bo ann@example.com
*.md              @docs
docs/**           @writers
/clusters/west/*.yaml @west
`;

test.each([
  ["README.md", ["docs"]],
  ["clusters/north/a.yaml", ["platform/network"]],
  ["clusters/east/shop/egress.yaml", ["ada", "bo"]],
  ["clusters/west/a.yaml", ["west"]],
  ["clusters/west/shop/a.yaml", ["platform/network"]],
  ["a.yaml", ["everyone"]],
  ["x/docs/a.txt", ["everyone"]],
])("%s belongs to %j", (path, owners) => {
  expect(ownersOf(text, "github", [path])).toEqual(owners);
});

test("sections of GitLab count each, with the owners of the section where a line names none", () => {
  const sections = "* @a\n[Network][2] @net\n/clusters/\n^[Docs]\n*.md @d\n";
  expect(ownersOf(sections, "gitlab", ["clusters/x.yaml"])).toEqual(["a", "net"]);
  expect(ownersOf(sections, "gitlab", ["x.md"])).toEqual(["a", "d"]);
});

test("Gitea's expressions all count, and odd ones are not run", () => {
  expect(ownersOf("clusters/.* @a\n.* @b\n(a+)+$ @c\n", "gitea", ["clusters/x.yaml"])).toEqual(["a", "b"]);
});

test.each([
  ["*", "anything", true],
  ["shop-*", "shop-front", true],
  ["shop-*", "shop", false],
  ["*-prod", "shop-prod", true],
  ["a*b*c", "aXbYc", true],
  ["a*b*c", "acb", false],
  ["ab*ab", "ab", false],
  ["east", "east", true],
])("pattern %s and %s: %s", (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});

test.each([
  ["overlays/east", "../../base", "base"],
  ["overlays/east", "./x", "overlays/east/x"],
  ["", "x", "x"],
  ["a", "../../x", undefined],
])("from %s, %s is %s", (folder, path, expected) => {
  expect(resolvedFrom(folder, path)).toBe(expected);
  if (expected !== undefined) expect(resolvedFrom(folder, relativeTo(folder, expected))).toBe(expected);
});
