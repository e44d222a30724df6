import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readAccessFile, readAccessText } from "./read-access-file.ts";

const messages = (text: string): readonly string[] => {
  const read = readAccessText(text, "/etc/postern/access.yaml");
  return read.ok ? [] : read.error.map(({ message }) => message.replace("/etc/postern/", ""));
};

describe("a file", () => {
  test("that is empty means users of the server's own", () => {
    expect(readAccessText("", "access.yaml")).toMatchObject({
      ok: true,
      value: {
        signIn: { local: true, oidc: [], openshift: undefined, kubernetes: [], grants: [], idleMs: 28_800_000 },
        chat: { slack: undefined, webhooks: [] },
      },
    });
  });

  test("names secrets from its own folder", () => {
    const read = readAccessText(
      `
sessionIdle: 30m
oidc:
  - { id: corp, title: Corp, issuer: "https://id.example.com", clientId: postern, clientSecretFile: corp.secret }
openshift: {}
kubernetes:
  - { cluster: east }
  - { cluster: west, kubeconfig: west.yaml, home: false }
grants:
  - { groups: [network], verb: approve, where: "*/shop-*" }
slack:
  team: T1
  signingSecretFile: /run/secrets/slack
  botTokenFile: bot
  channel: C1
  people: [{ slackUser: U1, subject: "openshift:ada", name: Ada }]
webhooks:
  - { name: siem, url: "https://siem.example.com/in", secretFile: siem.secret }
`,
      "/etc/postern/access.yaml",
    );
    expect(read).toMatchObject({
      ok: true,
      value: {
        signIn: {
          idleMs: 1_800_000,
          oidc: [
            { clientSecretFile: "/etc/postern/corp.secret", clientAuthentication: "basic", groupsClaim: "groups" },
          ],
          openshift: { id: "openshift", clientId: "system:serviceaccount:postern:postern-server" },
          kubernetes: [
            { cluster: "east", isHome: true },
            { cluster: "west", kubeconfig: "/etc/postern/west.yaml", isHome: false },
          ],
        },
        chat: {
          slack: {
            botTokenFile: "/etc/postern/bot",
            signingSecretFile: "/run/secrets/slack",
            people: [{ groups: [] }],
          },
          webhooks: [{ kinds: ["proposal.*", "alert"], secretFile: "/etc/postern/siem.secret" }],
        },
      },
    });
  });

  test.each([
    ["locl: true", "access.yaml:1:1: the file has no option `locl`"],
    ["local: yes please", "access.yaml:1:8: `local` is to be a boolean"],
    ["local: [", "access.yaml:1:9: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ["sessionIdle: 8", "access.yaml:1:14: `sessionIdle` is to be a string"],
    ["sessionIdle: forever", "access.yaml:1:14: `sessionIdle` is to be a time as `30m`, `8h` or `1d`"],
    ["a: &x 1\nb: *x", "access.yaml:1:1: it uses YAML aliases; write the values out"],
    ['oidc: [{ issuer: "http://id.example.com", clientId: x }]', "`oidc.0.issuer` is to begin with `https://`"],
    [
      'oidc: [{ issuer: "https://a", clientId: x }, { issuer: "https://b", clientId: x }]',
      "has the name `oidc` of another",
    ],
    ['oidc: [{ id: openshift, issuer: "https://a", clientId: x }]', "is OpenShift's"],
    ["kubernetes: [{ cluster: a }, { cluster: b }]", "has more than one `home`; say `home: false`"],
    ["trustedProxies: [everybody]", "`trustedProxies.0` is to be an address or a block"],
    ["grants: [{ verb: delete, where: '*' }]", "`grants.0.verb`"],
    ["grants: [{ verb: view, where: shop }]", "is to be `cluster/namespace`, or `*` for everything"],
    ["slack: { team: T1, signingSecretFile: a }", "needs `botTokenFile` or `incomingWebhookFile`, and not both"],
    ["slack: { team: T1, signingSecretFile: a, botTokenFile: b }", "needs `channel` beside `botTokenFile`"],
    ['webhooks: [{ name: a, url: "https://u:p@siem.example.com", secretFile: s }]', "has a name or password in it"],
    ['webhooks: [{ name: a, url: "http://siem.example.com", secretFile: s }]', "is to begin with `https://`"],
  ])("with %j is told where it is wrong", (text, expected) => {
    expect(messages(text).join("\n")).toContain(expected);
  });

  test("that is not there is told", async () => {
    const folder = mkdtempSync(join(tmpdir(), "postern-access-"));
    try {
      expect(await readAccessFile(join(folder, "none.yaml"))).toMatchObject({
        ok: false,
        error: [{ code: "access_config_unreadable" }],
      });
      writeFileSync(join(folder, "access.yaml"), "local: false\n");
      expect(await readAccessFile(join(folder, "access.yaml"))).toMatchObject({ value: { signIn: { local: false } } });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
